/// Tables as RFC 4180 defines them: records of fields between commas; a field with commas, quotes
/// or lines' ends stands in double quotes, a quote in it doubled. Lines may end in LF alone, as on
/// Linux.
struct DelimitedText {
  /// One record.
  struct Record: Equatable {
    /// Where it begins, from 1.
    let line: Int
    let fields: [String]
  }

  /// What is wrong in which line.
  struct Fault: Error, Equatable {
    let line: Int
    /// One sentence without its full stop.
    let problem: String
  }

  private var rest: ArraySlice<UInt8>
  private var line = 1

  private static let quote = UInt8(ascii: "\"")
  private static let comma = UInt8(ascii: ",")

  /// The records of a text in order; empty lines are none.
  static func records(_ text: [UInt8]) throws(Fault) -> [Record] {
    var reader = DelimitedText(rest: text[...])
    var records: [Record] = []
    while !reader.rest.isEmpty {
      let record = try reader.record()
      if record.fields != [""] { records.append(record) }
    }
    return records
  }

  private init(rest: ArraySlice<UInt8>) { self.rest = rest }

  private mutating func record() throws(Fault) -> Record {
    let start = line
    var fields: [String] = []
    while true {
      fields.append(rest.first == Self.quote ? try quotedField() : try plainField())
      switch rest.popFirst() {
      case Self.comma: continue
      case 0x0D: rest = rest.dropFirst()
      default: break
      }
      line += 1
      return Record(line: start, fields: fields)
    }
  }

  private mutating func plainField() throws(Fault) -> String {
    let bytes = rest.prefix { $0 != Self.comma && $0 != 0x0A }
    rest = rest.dropFirst(bytes.count)
    if bytes.contains(Self.quote) {
      throw Fault(line: line, problem: "a field that is not in quotes has a quote inside")
    }
    guard rest.first != Self.comma, bytes.last == 0x0D else { return try text(bytes) }
    return try text(bytes.dropLast())
  }

  private mutating func quotedField() throws(Fault) -> String {
    let start = line
    rest.removeFirst()
    var bytes: [UInt8] = []
    while let byte = rest.popFirst() {
      if byte == 0x0A { line += 1 }
      if byte != Self.quote {
        bytes.append(byte)
      } else if rest.first == Self.quote {
        rest.removeFirst()
        bytes.append(byte)
      } else {
        let ends =
          rest.isEmpty || rest.first == Self.comma || rest.first == 0x0A
          || rest.starts(with: [0x0D, 0x0A])
        guard ends else {
          throw Fault(line: line, problem: "a field goes on behind its closing quote")
        }
        return try text(bytes)
      }
    }
    throw Fault(line: start, problem: "a quoted field does not end")
  }

  private func text(_ bytes: some Sequence<UInt8>) throws(Fault) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Fault(line: line, problem: "it is not UTF-8")
    }
    return text
  }
}
