"""What the heads of pages need: texts used twice, absolute addresses."""

from django import template

register = template.Library()


class CaptureNode(template.Node):
    """Renders its content into a variable, on one line."""

    def __init__(self, nodelist, name):
        self.nodelist, self.name = nodelist, name

    def render(self, context):
        # SafeString's own methods would lose the mark: what was rendered is escaped already.
        text = self.nodelist.render(context)
        context[self.name] = type(text)(" ".join(text.split()))
        return ""


@register.tag
def capture(parser, token):
    """`{% capture name %}…{% endcapture %}`: keep what is inside, blocks included, to print it more than once."""
    try:
        _tag, name = token.split_contents()
    except ValueError:
        raise template.TemplateSyntaxError("capture takes the name of one variable.") from None
    nodelist = parser.parse(("endcapture",))
    parser.delete_first_token()
    return CaptureNode(nodelist, name)


@register.simple_tag(takes_context=True)
def absolute(context, path=None):
    """The absolute address of `path`, or of the page itself without its query; empty without a request."""
    request = context.get("request")
    return request.build_absolute_uri(path or request.path) if request else ""
