import Checkpoints

/// Good files, damaged in the ways that files are damaged and attacked.
enum Corruption {
  /// A damaged file; about one in seven is damaged in its data only, which is no fault of the
  /// format.
  static func next(_ generator: inout SeededGenerator) throws -> [UInt8] {
    guard let base = try bases.get().randomElement(using: &generator) else { return [] }
    var file = base
    let rounds = Int.random(in: 1...2, using: &generator)
    for _ in 0..<rounds { damage(&file, &generator) }
    return file
  }

  /// Whether the header has a `-0`, which we read as 0 and the reference refuses.
  static func hasNegativeZero(_ bytes: [UInt8]) -> Bool {
    String(decoding: bytes.dropFirst(8), as: UTF8.self).contains("-0")
  }

  /// Files of several shapes, made once.
  private static let bases: Result<[[UInt8]], any Error> = Result {
    [
      try goodFile([("a", [2, 3])]),
      try goodFile(
        [("model.weight", [4, 4]), ("model.bias", [4]), ("empty", [0, 3]), ("scalar", [])],
        metadata: [("format", "pt"), ("note", "two words")]),
      safetensors(
        #"{"é":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"#
          + #""h":{"dtype":"F16","shape":[2,1],"data_offsets":[3,7]},"#
          + #""i":{"dtype":"I64","shape":[],"data_offsets":[7,15]}}"#,
        Array(1...15)),
      safetensors(#"{"__metadata__":null}  "#),
      try goodFile((0..<12).map { ("layer.\($0).weight", [1, $0]) }),
    ]
  }

  private static func damage(_ file: inout [UInt8], _ generator: inout SeededGenerator) {
    guard file.count > 8 else { return file.append(UInt8.random(in: 0...255, using: &generator)) }
    let headerEnd = min(file.count, 8 + headerCount(file))
    switch Int.random(in: 0..<15, using: &generator) {
    case 0:  // one bit anywhere
      let place = Int.random(in: 0..<file.count, using: &generator)
      file[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case 1:  // one byte of the header
      guard headerEnd > 8 else { return }
      let place = Int.random(in: 8..<headerEnd, using: &generator)
      file[place] = UInt8.random(in: 0...255, using: &generator)
    case 2: file.removeLast(Int.random(in: 0..<file.count, using: &generator))
    case 3:
      let count = Int.random(in: 1...9, using: &generator)
      file += (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    case 4: setHeaderCount(&file, hugeNumbers.randomElement(using: &generator) ?? 0)
    case 5:  // the size of the header is a little off
      let offset = UInt64(bitPattern: Int64.random(in: -9...9, using: &generator))
      setHeaderCount(&file, UInt64(headerCount(file)) &+ offset)
    case 6: replaceDigits(&file, headerEnd, with: nil, &generator)
    case 7:
      let huge = hugeNumbers.randomElement(using: &generator).map(String.init)
      replaceDigits(&file, headerEnd, with: huge, &generator)
    case 8: replace(&file, headerEnd, &generator)
    case 9...12:  // the data only
      guard headerEnd < file.count else { return }
      let place = Int.random(in: headerEnd..<file.count, using: &generator)
      file[place] = UInt8.random(in: 0...255, using: &generator)
    case 13:  // one byte of the header is lost or doubled, its size kept right
      guard headerEnd > 9, headerEnd == 8 + headerCount(file) else { return }
      let place = Int.random(in: 8..<headerEnd, using: &generator)
      if Bool.random(using: &generator) {
        file.remove(at: place)
        setHeaderCount(&file, UInt64(headerEnd - 9))
      } else {
        file.insert(file[place], at: place)
        setHeaderCount(&file, UInt64(headerEnd - 7))
      }
    default:  // a run of bytes moves elsewhere
      let start = Int.random(in: 8..<file.count, using: &generator)
      let run = file[start..<min(file.count, start + Int.random(in: 1...12, using: &generator))]
      let target = Int.random(in: 8..<file.count, using: &generator)
      for (offset, byte) in run.enumerated() where target + offset < file.count {
        file[target + offset] = byte
      }
    }
  }

  private static let hugeNumbers: [UInt64] = [
    0, 1, 7, 8, 255, 65_536, 99_999_999, 100_000_000, 100_000_001, 1 << 31, 1 << 32, 1 << 40,
    1 << 62, 1 << 63, .max - 8, .max,
  ]

  private static func headerCount(_ file: [UInt8]) -> Int {
    let count = file.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Int(min(count, 1 << 40))
  }

  private static func setHeaderCount(_ file: inout [UInt8], _ count: UInt64) {
    for place in 0..<8 { file[place] = UInt8(truncatingIfNeeded: count >> (8 * UInt64(place))) }
  }

  /// Replaces one number of the header by another; the header's size is kept right.
  private static func replaceDigits(
    _ file: inout [UInt8], _ headerEnd: Int, with number: String?,
    _ generator: inout SeededGenerator
  ) {
    let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
    let starts = (8..<max(8, headerEnd)).filter { isDigit(file[$0]) && !isDigit(file[$0 - 1]) }
    guard let start = starts.randomElement(using: &generator) else { return }
    let end = (start..<headerEnd).first { !isDigit(file[$0]) } ?? headerEnd
    let number = number ?? String(Int.random(in: 0...30, using: &generator))
    file.replaceSubrange(start..<end, with: number.utf8)
    setHeaderCount(&file, UInt64(headerEnd - 8 + number.utf8.count - (end - start)))
  }

  /// Replaces one word of the header by another; the header's size is kept right.
  private static func replace(
    _ file: inout [UInt8], _ headerEnd: Int, _ generator: inout SeededGenerator
  ) {
    let words = [
      "\"F32\"", "\"F16\"", "\"U8\"", "\"shape\"", "\"dtype\"", "\"data_offsets\"", "null", "[]",
      "{}", "\"__metadata__\"", ",", ":", "[0,0]", "\"a\"", "-1", "1e1", "\\u0000", "[[[[",
    ]
    guard headerEnd > 9, headerEnd == 8 + headerCount(file),
      let word = words.randomElement(using: &generator)
    else { return }
    let start = Int.random(in: 8..<headerEnd, using: &generator)
    let end = min(headerEnd, start + Int.random(in: 0...9, using: &generator))
    file.replaceSubrange(start..<end, with: word.utf8)
    setHeaderCount(&file, UInt64(headerEnd - 8 + word.utf8.count - (end - start)))
  }
}
