"""A small mail server for tests: as strict as those of the world, says what it is told to, keeps what it was given."""

import socketserver
import threading
import time
from contextlib import contextmanager
from email import message_from_bytes, policy

# What a client has to have said before it may say this.
BEFORE = {b"MAIL": {b"EHLO", b"HELO"}, b"RCPT": {b"MAIL"}, b"DATA": {b"RCPT"}}


class Taking(socketserver.StreamRequestHandler):
    """One session. Verbs out of their order are refused, and so are lines that end otherwise than by CRLF."""

    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self):
        self.server.sessions += 1
        self.say(self.server.greeting)
        said = set()
        for line in self.rfile:
            verb = line[:4].upper().strip()
            if not line.endswith(b"\r\n"):
                self.say("500 bare line feed")
            elif verb == b"QUIT":
                self.say("221 bye")
                return
            elif not BEFORE.get(verb, said) & said and verb in BEFORE:
                self.say("503 bad sequence of commands")
            elif verb == b"MAIL" and b"MAIL" in said:
                self.say("503 nested MAIL command")
            elif verb == b"DATA":
                if not self.take():
                    return
                said -= {b"MAIL", b"RCPT"}
            else:
                answer = {b"MAIL": self.server.answer_mail, b"RCPT": self.answer_rcpt(line)}.get(verb, "250 well")
                if answer.startswith("250"):
                    said.add(verb)
                self.say(answer)
                if answer.startswith("421"):
                    return

    def answer_rcpt(self, line):
        """What is said to this address, else to all."""
        for address, answer in self.server.answers.items():
            if f"<{address}>".encode() in line:
                return answer
        return self.server.answer_rcpt

    def take(self):
        """The text of one mail, up to its dot; returns whether the session goes on."""
        self.say("354 go on")
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            if self.server.breaks_off == "in":
                return False
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        data = b"".join(lines)
        time.sleep(self.server.pause)
        if b"\n" in data.replace(b"\r\n", b""):
            self.say("550 bare line feed")
            return True
        if self.server.answer_data.startswith("250"):
            self.server.raw.append(data)
            self.server.got.append(message_from_bytes(data, policy=policy.default))
        if self.server.silent:
            # It has the mail and never says so.
            self.server.done.wait(20)
            return False
        if self.server.breaks_off == "after":
            return False
        self.say(self.server.answer_data)
        return True


class MailServer(socketserver.ThreadingTCPServer):
    """`got` holds the messages taken, `raw` their bytes; the answers are what it says, `answers` to one address.

    `silent` never says that it took a mail; `breaks_off` "in" the text of one, or "after" it;
    `pause` is how many seconds it thinks.
    """

    daemon_threads = allow_reuse_address = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Taking)
        self.got, self.raw, self.answers = [], [], {}
        self.silent, self.breaks_off, self.done = False, "", threading.Event()
        self.sessions, self.pause = 0, 0
        self.greeting = "220 test"
        self.answer_mail = self.answer_rcpt = self.answer_data = "250 well"

    @property
    def port(self):
        return self.server_address[1]

    def handle_error(self, request, client_address):
        """A client that is killed is what the tests are about."""


@contextmanager
def mail_server(settings):
    """A running server that the portal's settings name."""
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
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
