"""The system calls a program in the sandbox may make, by name, and their numbers on each machine we know.

Numbers are the kernel's (arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h). What isn't named
here is refused: an allow-list, so that a call added to a later kernel stays shut until somebody opens it.
"""

from dataclasses import dataclass

# name, x86_64, aarch64; "-" where the machine never had the call
ALLOWED = """
# files
read                        0       63
write                       1       64
readv                      19       65
writev                     20       66
pread64                    17       67
pwrite64                   18       68
preadv                    295       69
pwritev                   296       70
preadv2                   327      286
pwritev2                  328      287
lseek                       8       62
open                        2        -
openat                    257       56
openat2                   437      437
creat                      85        -
close                       3       57
close_range               436      436
dup                        32       23
dup2                       33        -
dup3                      292       24
pipe                       22        -
pipe2                     293       59
stat                        4        -
fstat                       5       80
lstat                       6        -
newfstatat                262       79
statx                     332      291
access                     21        -
faccessat                 269       48
faccessat2                439      439
readlink                   89        -
readlinkat                267       78
getdents                   78        -
getdents64                217       61
getcwd                     79       17
mkdir                      83        -
mkdirat                   258       34
rmdir                      84        -
unlink                     87        -
unlinkat                  263       35
rename                     82        -
renameat                  264       38
renameat2                 316      276
truncate                   76       45
ftruncate                  77       46
fallocate                 285       47
fsync                      74       82
fdatasync                  75       83
flock                      73       32
fadvise64                 221      223
readahead                 187      213
copy_file_range           326      285
sendfile                   40       71
umask                      95      166
statfs                    137       43
fstatfs                   138       44
poll                        7        -
ppoll                     271       73
select                     23        -
pselect6                  270       72
epoll_create              213        -
epoll_create1             291       20
epoll_ctl                 233       21
epoll_wait                232        -
epoll_pwait               281       22
eventfd2                  290       19
# memory
mmap                        9      222
mprotect                   10      226
munmap                     11      215
mremap                     25      216
madvise                    28      233
brk                        12      214
msync                      26      227
mincore                    27      232
# threads
futex                     202       98
set_robust_list           273       99
get_robust_list           274      100
rseq                      334      293
set_tid_address           218       96
exit                       60       93
exit_group                231       94
sched_yield                24      124
sched_getaffinity         204      123
sched_getparam            143      121
sched_getscheduler        145      120
sched_get_priority_max    146      125
sched_get_priority_min    147      126
getcpu                    309      168
membarrier                324      283
# oneself and the machine
gettid                    186      178
getpid                     39      172
getppid                   110      173
getpgrp                   111        -
getpgid                   121      155
getsid                    124      156
getuid                    102      174
geteuid                   107      175
getgid                    104      176
getegid                   108      177
getresuid                 118      148
getresgid                 120      150
getgroups                 115      158
getrusage                  98      165
getrlimit                  97      163
times                     100      153
capget                    125       90
uname                      63      160
sysinfo                    99      179
getrandom                 318      278
arch_prctl                158        -
wait4                      61      260
waitid                    247       95
# signals and time
rt_sigaction               13      134
rt_sigprocmask             14      135
rt_sigreturn               15      139
rt_sigpending             127      136
rt_sigtimedwait           128      137
rt_sigsuspend             130      133
sigaltstack               131      132
restart_syscall           219      128
alarm                      37        -
setitimer                  38      103
getitimer                  36      102
time                      201        -
gettimeofday               96      169
clock_gettime             228      113
clock_getres              229      114
clock_nanosleep           230      115
nanosleep                  35      101
"""

# Allowed for some arguments only (see seccomp.py), or needed to build the walls and shut after.
SPECIAL = """
clone                      56      220
clone3                    435      435
fcntl                      72       25
ioctl                      16       29
prctl                     157      167
prlimit64                 302      261
tgkill                    234      131
seccomp                   317      277
landlock_create_ruleset   444      444
landlock_add_rule         445      445
landlock_restrict_self    446      446
"""


def _column(table: str, machine: int) -> dict[str, int]:
    rows = [line.split() for line in table.strip().splitlines() if not line.startswith("#")]
    return {row[0]: int(row[machine]) for row in rows if row[machine] != "-"}


@dataclass(frozen=True)
class Machine:
    """A processor family: how seccomp names it, its calls by name, and the highest number the table goes up to."""

    audit_architecture: int
    allowed: dict[str, int]
    special: dict[str, int]
    highest_known: int = 450
    has_x32: bool = False  # a second calling convention with numbers of its own, which we shut


MACHINES = {
    "x86_64": Machine(0xC000003E, _column(ALLOWED, 1), _column(SPECIAL, 1), has_x32=True),
    "aarch64": Machine(0xC00000B7, _column(ALLOWED, 2), _column(SPECIAL, 2)),
}
