import Foundation

// What tests ask of the system and Foundation does not offer.

/// Writes a file that nobody needs to survive a power cut: Foundation waits for the disk, which
/// takes milliseconds, ten thousand times.
func writeQuickly(_ bytes: [UInt8], to path: String) -> Bool {
  let file = unsafe fopen(path, "w")
  guard let file = unsafe file else { return false }
  let written = unsafe fwrite(bytes, 1, bytes.count, file)
  return unsafe fclose(file) == 0 && written == bytes.count
}

/// Cuts or lengthens a file; what is added is a hole.
func setSize(_ size: Int, of path: String) -> Bool {
  unsafe truncate(path, off_t(size)) == 0
}

/// Makes an empty file with a name of any bytes.
func makeFile(named name: [UInt8], in folder: String) -> Bool {
  let path = (Array(folder.utf8) + [0x2F] + name + [0]).map { CChar(bitPattern: $0) }
  let descriptor = unsafe open(path, O_CREAT | O_WRONLY, 0o600)
  return descriptor >= 0 && close(descriptor) == 0
}

/// Makes a named pipe.
func makePipe(_ path: String) -> Bool {
  unsafe mkfifo(path, 0o600) == 0
}

/// Makes a socket with a name. The descriptor is not closed: the process is short.
func makeSocket(_ path: String) -> Bool {
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  let bytes = Array(path.utf8)
  guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
  unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
  let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
  return unsafe withUnsafePointer(to: &address) { pointer in
    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
    }
  }
}

/// Puts one file in the place of another.
func replace(_ target: String, by source: String) -> Bool {
  unsafe rename(source, target) == 0
}

/// Runs `body` without root's rights, if this process has them. For a process that does nothing
/// else: rights belong to all of its threads.
func asNobody(_ body: () throws -> Void) throws {
  let isRoot = geteuid() == 0
  struct Refused: Error {}
  if isRoot, setegid(65_534) != 0 || seteuid(65_534) != 0 { throw Refused() }
  defer { if isRoot { _ = (seteuid(0), setegid(0)) } }
  try body()
}

/// Lets this process write no file greater than that: beyond it, writing fails as on a full disk.
func limitFileSize(_ bytes: UInt) -> Bool {
  signal(SIGXFSZ, SIG_IGN)
  var limit = rlimit(rlim_cur: bytes, rlim_max: bytes)
  return unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0
}
