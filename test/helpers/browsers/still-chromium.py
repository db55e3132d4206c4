#!/usr/bin/env python3
"""
Becomes Chromium, which the variable CARREL_TEST_CHROMIUM names, and takes from it the view of this machine's network interfaces.

Chromium drops what it is about to load whenever an interface or address comes or goes, and each container that starts or stops
on this machine makes one. A Chromium that may open no netlink socket takes the network as being there for good.
"""

import ctypes
import os
import struct
import sys

AF_NETLINK = 16
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
EAFNOSUPPORT = 97
NUMBER_OF_SYSTEM_CALL, FIRST_ARGUMENT = 0, 16
SOCKET = {'x86_64': 41, 'aarch64': 198}


class Filter(ctypes.Structure):
    _fields_ = [('length', ctypes.c_ushort), ('instructions', ctypes.c_char_p)]


def refuse_netlink(socket):
    steps = [
        (LOAD, 0, 0, NUMBER_OF_SYSTEM_CALL),
        (JUMP_IF_EQUAL, 0, 3, socket),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (JUMP_IF_EQUAL, 0, 1, AF_NETLINK),
        (RETURN, 0, 0, REFUSE | EAFNOSUPPORT),
        (RETURN, 0, 0, ALLOW),
    ]
    rules = Filter(len(steps), b''.join(struct.pack('HBBI', *step) for step in steps))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(rules), 0, 0):
        sys.exit('no filter of system calls: ' + os.strerror(ctypes.get_errno()))


if os.uname().machine in SOCKET:
    refuse_netlink(SOCKET[os.uname().machine])
chromium = os.environ['CARREL_TEST_CHROMIUM']
os.execv(chromium, [chromium, *sys.argv[1:]])
