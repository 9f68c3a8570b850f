import Testing

/// One file of the conformance table: whether we accept it, and whether the reference
/// implementation does (the Python package `safetensors` 0.8.0).
struct ConformanceCase: CustomTestStringConvertible, Sendable {
  let name: String
  let bytes: [UInt8]
  let accepted: Bool
  /// Differs from `accepted` only where `SafetensorsHeader` documents a deviation.
  let reference: Bool

  var testDescription: String { name }

  init(_ name: String, _ bytes: [UInt8], accepted: Bool, reference: Bool? = nil) {
    self.name = name
    self.bytes = bytes
    self.accepted = accepted
    self.reference = reference ?? accepted
  }
}

/// One tensor entry of a header.
private func entry(
  _ name: String, _ type: String = "F32", _ shape: String = "[1]", _ offsets: String = "[0,4]"
) -> String {
  #""\#(name)":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}"#
}

private func object(_ entries: String...) -> String { "{\(entries.joined(separator: ","))}" }

private let four: [UInt8] = [0, 0, 128, 63]
private let eight: [UInt8] = four + four
private let good = object(entry("t"))

/// Every row of the facts on the format, and those that turned up on the way.
let conformanceCases: [ConformanceCase] = rejected + accepted + deviations + everyType

private let rejected: [ConformanceCase] = [
  ("empty file", []),
  ("7 bytes", [2, 0, 0, 0, 0, 0, 0]),
  ("8 bytes, header of none", [0, 0, 0, 0, 0, 0, 0, 0]),
  ("header of 100,000,001", safetensors(good, four, size: 100_000_001)),
  ("header of 2^63", safetensors(good, four, size: 1 << 63)),
  ("header of 2^64 - 1", safetensors(good, four, size: .max)),
  ("header beyond the file", safetensors(good, four, size: 1000)),
  ("header into the data", safetensors(good, four, size: UInt64(good.utf8.count) + 2)),
  ("header is not UTF-8", safetensors([0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D])),
  (
    "header is not UTF-8 in a name",
    safetensors(
      Array(#"{"__metadata__":{"a":""#.utf8) + [0xC3, 0x28] + Array(#""}}"#.utf8))
  ),
  ("open brace", safetensors("{")),
  ("array", safetensors("[]")),
  ("null", safetensors("null")),
  ("string", safetensors("\"a\"")),
  ("byte order mark", safetensors("\u{FEFF}{}")),
  ("trailing NULs", safetensors("{}\0\0")),
  ("trailing comma", safetensors("{\"__metadata__\":{},}")),
  ("leading zero", safetensors(object(entry("t", "F32", "[1]", "[00,4]")), four)),
  ("two values", safetensors("{}{}")),
  ("comment", safetensors("{}//")),
  ("control character", safetensors(object(entry("t\u{1}")), four)),
  ("lone surrogate", safetensors(object(entry(#"\ud800"#)), four)),
  ("form feed before", safetensors("\u{C}{}")),
  ("nesting of 126 in an unknown field", safetensors(nested(126), four)),
  ("nesting of 100,000", safetensors(nested(100_000), four)),
  ("negative offset", safetensors(object(entry("t", "F32", "[1]", "[-4,0]")), four)),
  ("offset 0.0", safetensors(object(entry("t", "F32", "[1]", "[0.0,4]")), four)),
  ("offset 4e0", safetensors(object(entry("t", "F32", "[1]", "[0,4e0]")), four)),
  ("offset a string", safetensors(object(entry("t", "F32", "[1]", #"["0",4]"#)), four)),
  ("three offsets", safetensors(object(entry("t", "F32", "[1]", "[0,4,4]")), four)),
  ("one offset", safetensors(object(entry("t", "F32", "[1]", "[0]")), four)),
  ("offsets null", safetensors(object(entry("t", "F32", "[1]", "null")), four)),
  ("negative dimension", safetensors(object(entry("t", "F32", "[-1]")), four)),
  ("dimension 1.0", safetensors(object(entry("t", "F32", "[1.0]")), four)),
  ("dimension a string", safetensors(object(entry("t", "F32", #"["1"]"#)), four)),
  ("dimension true", safetensors(object(entry("t", "F32", "[true]")), four)),
  ("shape a number", safetensors(object(entry("t", "F32", "1")), four)),
  ("no shape", safetensors(#"{"t":{"dtype":"F32","data_offsets":[0,4]}}"#, four)),
  ("no dtype", safetensors(#"{"t":{"shape":[1],"data_offsets":[0,4]}}"#, four)),
  ("no offsets", safetensors(#"{"t":{"dtype":"F32","shape":[1]}}"#, four)),
  ("tensor null", safetensors(#"{"t":null}"#)),
  ("tensor a number", safetensors(#"{"t":1}"#)),
  ("unknown dtype", safetensors(object(entry("t", "F128")), four)),
  ("lower-case dtype", safetensors(object(entry("t", "f32")), four)),
  ("dtype a number", safetensors(#"{"t":{"dtype":1,"shape":[1],"data_offsets":[0,4]}}"#, four)),
  (
    "a field twice in a tensor",
    safetensors(
      #"{"t":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, four)
  ),
  ("metadata of a number", safetensors(#"{"__metadata__":{"a":1}}"#)),
  ("metadata of null", safetensors(#"{"__metadata__":{"a":null}}"#)),
  ("metadata an array", safetensors(#"{"__metadata__":[]}"#)),
  ("a byte after the data", safetensors(good, four + [0])),
  ("a byte missing", safetensors(good, [0, 0, 128])),
  ("no tensor and a byte", safetensors("{}", [0])),
  ("hole at the start", safetensors(object(entry("t", "F32", "[1]", "[4,8]")), eight)),
  (
    "hole between",
    safetensors(
      object(entry("t"), entry("u", "F32", "[1]", "[8,12]")), eight + four)
  ),
  ("hole at the end", safetensors(good, eight)),
  ("overlap", safetensors(object(entry("t"), entry("u", "F32", "[1]", "[2,6]")), four + [0, 0])),
  (
    "ten tensors of one range",
    safetensors(
      "{" + (0..<10).map { entry("t\($0)") }.joined(separator: ",") + "}", four)
  ),
  ("reversed offsets", safetensors(object(entry("t", "F32", "[1]", "[4,0]")), four)),
  ("range too short", safetensors(object(entry("t", "F32", "[2]")), four)),
  ("range too long", safetensors(object(entry("t", "F16", "[1]")), four)),
  (
    "product overflow",
    safetensors(
      object(entry("t", "F32", "[4294967296,4294967296,2]", "[0,0]")))
  ),
  (
    "product overflow before a zero",
    safetensors(
      object(entry("t", "F32", "[4611686018427387904,4,0]", "[0,0]")))
  ),
  ("bits overflow", safetensors(object(entry("t", "F64", "[2305843009213693952]", "[0,0]")))),
  (
    "16 GB in a small file",
    safetensors(
      object(entry("t", "F32", "[4000000000]", "[0,16000000000]")), four)
  ),
  ("F4 of odd count", safetensors(object(entry("t", "F4", "[3]", "[0,1]")), [0])),
  ("F6 off a byte", safetensors(object(entry("t", "F6_E2M3", "[2]", "[0,1]")), [0])),
].map { ConformanceCase($0.0, $0.1, accepted: false) }

private let accepted: [ConformanceCase] = [
  ("one tensor", safetensors(good, four)),
  ("white space before", safetensors(" \t\r\n\(good)", four)),
  ("white space after", safetensors("\(good)   \n", four)),
  ("no tensors", safetensors("{}")),
  (
    "unknown fields in a tensor",
    safetensors(
      #"{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":[{"y":1.5}],"z":null}}"#, four)
  ),
  ("metadata null", safetensors(#"{"__metadata__":null}"#)),
  ("metadata empty", safetensors(#"{"__metadata__":{}}"#)),
  (
    "metadata after tensors",
    safetensors(
      #"{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"__metadata__":{"a":"b"}}"#, four)
  ),
  ("NUL in a metadata value", safetensors(#"{"__metadata__":{"a":"b\u0000c"}}"#)),
  ("empty tensor name", safetensors(object(entry("")), four)),
  (
    "header order is not offset order",
    safetensors(
      object(entry("t", "F32", "[1]", "[4,8]"), entry("u")), four + [0, 0, 0, 64])
  ),
  (
    "F32 at an odd offset",
    safetensors(
      object(entry("t", "U8", "[1]", "[0,1]"), entry("u", "F32", "[1]", "[1,5]")), [7] + four)
  ),
  ("scalar", safetensors(object(entry("t", "F32", "[]")), four)),
  ("empty tensor", safetensors(object(entry("t", "F32", "[0]", "[0,0]")))),
  (
    "empty tensor with a huge dimension",
    safetensors(
      object(entry("t", "F32", "[0,4611686018427387904,4]", "[0,0]")))
  ),
  (
    "empty tensors at one offset",
    safetensors(
      object(entry("t", "F32", "[0]", "[4,4]"), entry("u"), entry("v", "F32", "[2,0]", "[0,0]")),
      four)
  ),
  (
    "two names that differ in normalisation only",
    safetensors(
      object(entry("\u{E9}"), entry("e\u{301}", "F32", "[1]", "[4,8]")), eight)
  ),
  (
    "names with escapes",
    safetensors(
      object(entry(#"\n\u00e9\ud83d\ude00"#), entry("a\u{7F}/..", "F32", "[1]", "[4,8]")), eight)
  ),
  ("nesting of 125 in an unknown field", safetensors(nested(125), four)),
  (
    "NaN and infinity",
    safetensors(
      object(entry("t", "F32", "[2]", "[0,8]")), [0, 0, 192, 127, 0, 0, 128, 255])
  ),
].map { ConformanceCase($0.0, $0.1, accepted: true) }

/// What `SafetensorsHeader` says it does otherwise.
private let deviations: [ConformanceCase] =
  [
    (
      "duplicate tensor names",
      safetensors(
        object(entry("t"), entry("t", "F32", "[1]", "[0,4]")), four)
    ),
    ("duplicate names by an escape", safetensors(object(entry("t"), entry(#"\u0074"#)), four)),
    ("duplicate metadata names", safetensors(#"{"__metadata__":{"a":"b","a":"c"}}"#)),
    ("NUL in a tensor name", safetensors(object(entry(#"t\u0000"#)), four)),
    ("NUL in a metadata name", safetensors(#"{"__metadata__":{"a\u0000":"b"}}"#)),
    (
      "dimension of 2^63 beside a zero",
      safetensors(
        object(entry("t", "F32", "[0,9223372036854775808]", "[0,0]")))
    ),
    (
      "integer of 2^64 in an unknown field",
      safetensors(
        #"{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":18446744073709551616}}"#, four)
    ),
    ("tensor as an array", safetensors(#"{"t":["F32",[1],[0,4]]}"#, four)),
    (
      "dtype as an object",
      safetensors(
        #"{"t":{"dtype":{"F32":null},"shape":[1],"data_offsets":[0,4]}}"#, four)
    ),
  ].map { ConformanceCase($0.0, $0.1, accepted: false, reference: true) } + [
    ConformanceCase(
      "-0 as a dimension", safetensors(object(entry("t", "F32", "[-0]", "[0,0]"))),
      accepted: true, reference: false)
  ]

/// All element types, 8 elements each.
private let everyType: [ConformanceCase] = [
  ("BOOL", 8), ("U8", 8), ("I8", 8), ("U16", 16), ("I16", 16), ("U32", 32), ("I32", 32),
  ("U64", 64), ("I64", 64), ("F16", 16), ("BF16", 16), ("F32", 32), ("F64", 64), ("C64", 64),
  ("F8_E5M2", 8), ("F8_E4M3", 8), ("F8_E8M0", 8), ("F8_E4M3FNUZ", 8), ("F8_E5M2FNUZ", 8),
  ("F6_E2M3", 6), ("F6_E3M2", 6), ("F4", 4),
].map { name, bits in
  ConformanceCase(
    "type \(name)",
    safetensors(
      object(entry("t", name, "[2,4]", "[0,\(bits)]")), (0..<UInt8(bits)).map { $0 & 1 }),
    accepted: true)
}

/// A good tensor with an unknown field of arrays in arrays.
private func nested(_ depth: Int) -> String {
  let value = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
  return #"{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":\#(value)}}"#
}
