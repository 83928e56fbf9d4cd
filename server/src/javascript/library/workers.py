"""Threads of a page (`new Worker(…)`) and of Node (`worker_threads`): their programs are read by themselves, messages to them are kept."""

from _javascript import Record, is_unread, text, unread
from _javascript_host import post_message


class URL:
    def __init__(self, address, base=None, *more):
        self.href = address

    def __str__(self):
        return text(self.href)

    def __getattr__(self, name):
        return unread("an address")


class Worker:
    def __init__(self, address, *more):
        object.__setattr__(self, "address", address.href if isinstance(address, URL) else address)

    def postMessage(self, message=None, *more):
        if not is_unread(self.address):
            post_message(self.address, message)

    def __getattr__(self, name):
        return unread("a thread")

    def __setattr__(self, name, content):
        """What it answers is not known; who waits for it may be called."""
        unread("a thread")(content)


threads = Record({"Worker": Worker, "parentPort": unread("a thread"), "workerData": unread("what a thread is given")})
