"""A mail server that keeps what it is sent, and can be told to refuse or to fall silent."""
import socketserver
import sys
import threading
from email import message_from_bytes


class _Conversation(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        if self.server.mood == "refuse":
            return self.say("421 try later")
        if self.server.mood == "silent":
            self.rfile.read()  # until the sender gives up
            return None
        self.say("220 ready")
        for line in self.rfile:
            word = line.decode("ascii", "replace").strip().upper()
            if word.startswith("MAIL") and self.server.mood == "refuse the sender":
                self.say("550 not from you")
            elif word.startswith("DATA"):
                self.say("354 go on")
                self.take()
                if self.server.mood == "hang up":
                    return None  # taken, but the sender never hears so
                self.say("250 taken")
            elif word.startswith("QUIT"):
                return self.say("221 bye")
            else:
                self.say("250 ok")
        return None

    def take(self):
        body = b""
        while not body.endswith(b"\r\n.\r\n") and (line := self.rfile.readline()):
            body += line
        self.server.mails.append(message_from_bytes(body[:-3]))


class SmtpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.mails, self.mood = [], ""
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        if not isinstance(sys.exception(), ConnectionError):  # a mailer that was killed
            super().handle_error(request, client_address)

    @property
    def port(self):
        return self.server_address[1]

    def close(self):
        self.shutdown()
        self.server_close()
