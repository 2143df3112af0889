"""A small mail server for tests: it says what it is told to, and keeps what it was given."""

import socketserver
import threading
from contextlib import contextmanager
from email import message_from_bytes, policy


class Taking(socketserver.StreamRequestHandler):
    """One session."""

    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self):
        self.say("220 test")
        for line in self.rfile:
            verb = line[:4].upper().strip()
            if verb == b"QUIT":
                self.say("221 bye")
                return
            if verb == b"DATA":
                self.take()
            elif verb == b"RCPT":
                self.say(self.server.answer_rcpt)
            else:
                self.say("250 well")

    def take(self):
        """The text of one mail, up to its dot."""
        self.say("354 go on")
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line[1:] if line.startswith(b".") else line)
        if self.server.silent:
            # It has the mail and never says so.
            self.server.got.append(message_from_bytes(b"".join(lines), policy=policy.default))
            self.server.done.wait(20)
            return
        if self.server.answer_data.startswith("250"):
            self.server.got.append(message_from_bytes(b"".join(lines), policy=policy.default))
        self.say(self.server.answer_data)


class MailServer(socketserver.ThreadingTCPServer):
    """`got` holds the messages taken; `answer_rcpt` and `answer_data` are what it says."""

    daemon_threads = allow_reuse_address = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Taking)
        self.got, self.silent, self.done = [], False, threading.Event()
        self.answer_rcpt = self.answer_data = "250 well"

    @property
    def port(self):
        return self.server_address[1]


@contextmanager
def mail_server(settings):
    """A running server that the portal's settings name."""
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        point_at(settings, server.port)
        yield server
        server.done.set()
        server.shutdown()


def point_at(settings, port):
    """Let mail leave through the port of this machine."""
    settings.EMAIL_URL = f"smtp://127.0.0.1:{port}"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 2
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
