import { expect, test } from 'vitest';
import { TraceReader } from '../../../../src/flow/engine/audit/read-trace.ts';

function read(...lines: readonly string[]): readonly string[] {
  const reader = new TraceReader('/scratch');
  return lines
    .flatMap((line) => reader.read(line))
    .map((found) => (found.kind === 'connect' ? `connect ${found.address}` : `${found.kind} ${found.path}`)); // prettier-ignore
}

test.each([
  ['7 openat(AT_FDCWD</scratch>, "in/a", O_RDONLY|O_CLOEXEC) = 3</data/a>', ['read /data/a']],
  ['7 openat(AT_FDCWD</scratch>, "in/a", O_RDONLY) = -1 ENOENT (No such file or directory)', []],
  ['7 openat(4</d>, "a", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3</d/a>', ['write /d/a']],
  ['7 open("/d/a", O_RDWR) = 3</d/a>', ['read /d/a', 'write /d/a']],
  ['7 open("/d/a", O_RDWR|O_CREAT|O_TRUNC, 0600) = 3</d/a>', ['write /d/a']],
  ['7 openat2(4</d>, "a", {flags=O_RDONLY, resolve=0}, 24) = 3</d/a>', ['read /d/a']],
  ['7 openat(AT_FDCWD</scratch>, ".", O_RDONLY|O_DIRECTORY) = 3</scratch>', []],
  ['7 getdents64(3</home/me>, 0x55d0 /* 9 entries */, 32768) = 280', ['list /home/me']],
  ['7 execve("/usr/bin/sh", ["sh", "-c", "a, ] > \\"b\\""], 0x7ffd /* 6 vars */) = 0', ['read /usr/bin/sh']],
  ['7 mkdir("d", 0777)                  = 0', ['write /scratch/d']],
  ['7 unlinkat(5</x>, "y", 0) = 0', ['write /x/y']],
  ['7 renameat2(AT_FDCWD</s>, "a", 5</x>, "b", RENAME_NOREPLACE) = 0', ['write /s/a', 'write /x/b']],
  ['7 link("/etc/passwd", "here") = 0', ['write /scratch/here']],
  ['7 symlinkat("/etc/passwd", 5</x>, "l") = 0', ['write /x/l']],
  ['7 utimensat(3</x/f>, NULL, NULL, 0) = 0', ['write /x/f']],
  ['7 connect(3<TCP:[99]>, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("93.184.216.34")}, 16) = -1 EINPROGRESS (Operation now in progress)', ['connect 93.184.216.34:443']],
  ['7 connect(3<TCPv6:[9]>, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "2001:db8::1", &sin6_addr), sin6_scope_id=0}, 28) = 0', ['connect 2001:db8::1:80']],
  ['7 connect(3<TCP:[99]>, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}, 16) = 0', []],
  ['7 connect(3<UNIX:[9]>, {sa_family=AF_UNIX, sun_path="/run/nscd"}, 110) = 0', []],
  ['7 openat(AT_FDCWD</s>, "w\\n>x", O_RDONLY) = 3</s/w\\n\\76x>', ['read /s/w\n>x']],
  ['7 openat(AT_FDCWD</s>, "\\303\\251", O_RDONLY) = 3</s/\\303\\251>', ['read /s/é']],
  ['7 openat(AT_FDCWD</s>, "t", O_RDONLY) = 3</s/t (deleted)>', ['read /s/t']],
  ['7 openat(AT_FDCWD</s>, "/dev/pts/1", O_RDONLY) = 3</dev/pts/1<char 136:1>>', ['read /dev/pts/1']],
  ['7 creat("f", 0666) = 3</scratch/f>', ['write /scratch/f']],
  ['7 mkdirat(5</x>, "d", 0777) = 0', ['write /x/d']],
  ['7 mknod("p", S_IFIFO|0666) = 0', ['write /scratch/p']],
  ['7 mknodat(5</x>, "p", S_IFIFO|0666) = 0', ['write /x/p']],
  ['7 unlink("/x/f") = 0', ['write /x/f']],
  ['7 truncate("/x/f", 0) = 0', ['write /x/f']],
  ['7 chmod("/x/f", 0600) = 0', ['write /x/f']],
  ['7 fchmodat(5</x>, "f", 0600) = 0', ['write /x/f']],
  ['7 fchmodat2(5</x>, "f", 0600, AT_SYMLINK_NOFOLLOW) = 0', ['write /x/f']],
  ['7 chown("/x/f", 0, 0) = 0', ['write /x/f']],
  ['7 lchown("/x/f", 0, 0) = 0', ['write /x/f']],
  ['7 fchownat(5</x>, "f", 0, 0, AT_SYMLINK_NOFOLLOW) = 0', ['write /x/f']],
  ['7 setxattr("/x/f", "user.a", "1, 2", 4, 0) = 0', ['write /x/f']],
  ['7 lsetxattr("/x/f", "user.a", "1", 1, 0) = 0', ['write /x/f']],
  ['7 utime("/x/f", {actime=1, modtime=1}) = 0', ['write /x/f']],
  ['7 utimes("/x/f", [{tv_sec=1, tv_usec=0}, {tv_sec=1, tv_usec=0}]) = 0', ['write /x/f']],
  ['7 futimesat(5</x>, "f", NULL) = 0', ['write /x/f']],
  ['7 utimensat(5</x>, "f", [UTIME_NOW, UTIME_NOW], 0) = 0', ['write /x/f']],
  ['7 rename("a", "/x/b") = 0', ['write /scratch/a', 'write /x/b']],
  ['7 renameat(AT_FDCWD</s>, "a", 5</x>, "b") = 0', ['write /s/a', 'write /x/b']],
  ['7 linkat(AT_FDCWD</s>, "a", 5</x>, "b", 0) = 0', ['write /x/b']],
  ['7 symlink("/etc/passwd", "/x/l") = 0', ['write /x/l']],
  ['7 openat(AT_FDCWD</s>, "/x/f", O_RDONLY|O_PATH) = 3</x/f>', []],
  ['7 connect(3<TCPv6:[9]>, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, 28) = 0', []],
  ['7 connect(3<TCPv6:[9]>, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::ffff:127.0.0.1", &sin6_addr), sin6_scope_id=0}, 28) = 0', []],
  ['7 +++ exited with 0 +++', []],
  ['', []],
] as const)('%s', (line, accesses) => {
  expect(read(line)).toEqual(accesses);
}); // prettier-ignore

test('a call that another process interrupts is put together', () => {
  expect(
    read(
      '7 openat(AT_FDCWD</s>, "a", O_RDONLY <unfinished ...>',
      '8 openat(AT_FDCWD</s>, "b", O_RDONLY <unfinished ...>',
      '7 <... openat resumed>)             = 3</s/a>',
      '8 <... openat resumed>) = -1 ENOENT (No such file or directory)',
    ),
  ).toEqual(['read /s/a']);
});

test('relative paths follow each process through its folders, which a child takes over', () => {
  expect(
    read(
      '7 mkdir("d", 0777) = 0',
      '7 chdir("d") = 0',
      '7 clone(child_stack=NULL, flags=SIGCHLD) = 8',
      '8 rmdir("x") = 0',
      '8 fchdir(3</other>) = 0',
      '8 rmdir("y") = 0',
      '7 rmdir("z") = 0',
      '9 openat(AT_FDCWD</elsewhere>, "q", O_RDONLY) = -1 ENOENT (No such file or directory)',
      '9 rmdir("w") = 0',
    ),
  ).toEqual([
    'write /scratch/d',
    'write /scratch/d/x',
    'write /other/y',
    'write /scratch/d/z',
    'write /elsewhere/w',
  ]);
});

test('a child that changes its folder before its parent hears of it stays there', () => {
  expect(
    read(
      '7 clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>',
      '8 chdir("/elsewhere") = 0',
      '7 <... clone resumed>) = 8',
      '8 rmdir("x") = 0',
      '7 rmdir("y") = 0',
    ),
  ).toEqual(['write /elsewhere/x', 'write /scratch/y']);
});
