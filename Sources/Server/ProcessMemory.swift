import Glibc

/// What the kernel says of this process.
enum ProcessMemory {
  /// Bytes of the process that are resident now (second field of `/proc/self/statm`); `nil` where
  /// there is no `/proc`. Costs a few microseconds.
  static var resident: Int? {
    guard let bytes = SystemCalls.beginning(of: "/proc/self/statm", count: 128) else { return nil }
    let fields = String(decoding: bytes, as: UTF8.self).split(separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}
