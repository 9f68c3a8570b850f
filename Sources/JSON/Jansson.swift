import CJansson
import Glibc

// All pointers of this module are in this file. `JanssonTree` owns a tree of libjansson's nodes,
// `JanssonNode` borrows one; whoever keeps a node keeps its tree.
//
// libjansson seeds its hash function by itself, from /dev/urandom, when the first object is made,
// and does so safely for threads wherever the compiler has atomics. So no seed is asked for here,
// and none is passed in: it never shows in any result, since objects keep the order of their
// members.

private typealias Pointer = UnsafeMutablePointer<json_t>

/// Owns the root of a tree, and frees all of it at the end.
@safe final class JanssonTree {
  private let pointer: Pointer

  private init(owning pointer: Pointer) { unsafe self.pointer = pointer }

  deinit { unsafe json_decref(pointer) }

  var root: JanssonNode { unsafe JanssonNode(pointer) }

  /// The tree of one complete JSON text, after its size and depth were checked.
  static func parse(
    _ text: some Collection<UInt8>, _ limits: JSONLimits
  ) throws(JSONError) -> JanssonTree {
    // The closure hands a result out, since it cannot pass a typed error through.
    let result = text.withContiguousStorageIfAvailable { unsafe parse(bytes: $0, limits) }
    if let result { return try result.get() }
    return try parse(Array(text), limits)
  }

  private static func parse(
    bytes text: UnsafeBufferPointer<UInt8>, _ limits: JSONLimits
  ) -> Result<JanssonTree, JSONError> {
    if text.count > limits.bytes {
      let problem = "the text has \(text.count) bytes, at most \(limits.bytes) are allowed"
      return .failure(JSONError(.tooLarge, problem, offset: limits.bytes))
    }
    let depth = min(limits.depth, JSONLimits.deepest)
    if let (kind, offset) = unsafe faultBeforeParsing(
      in: text, depthLimit: depth, valueLimit: limits.values)
    {
      let problem =
        switch kind {
        case .tooDeep: "arrays and objects lie within each other more than \(depth) deep"
        case .tooLarge: "the text has more than \(limits.values) values"
        default: "this is not JSON: a NUL byte"
        }
      return .failure(JSONError(kind, problem, offset: offset))
    }
    guard let start = text.baseAddress, !text.isEmpty else {
      return .failure(JSONError(.syntax, "the text is empty, a JSON value was expected", offset: 0))
    }
    let flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL
    var fault = json_error_t()
    let pointer = unsafe start.withMemoryRebound(to: CChar.self, capacity: text.count) {
      unsafe json_loadb($0, text.count, Int(flags), &fault)
    }
    guard let pointer = unsafe pointer else {
      return .failure(unsafe refusal(fault, of: text))
    }
    return .success(unsafe JanssonTree(owning: pointer))
  }

  /// libjansson's error in our own words: its text quotes the input as it is, terminal codes
  /// included.
  private static func refusal(
    _ fault: json_error_t, of text: UnsafeBufferPointer<UInt8>
  ) -> JSONError {
    let offset = min(max(0, Int(fault.position)), text.count)
    let near = unsafe excerpt(of: text, around: offset)
    func error(_ kind: JSONError.Kind, _ problem: String) -> JSONError {
      JSONError(kind, "\(problem), near \"\(near)\"", offset: offset)
    }
    switch unsafe withUnsafePointer(to: fault, { unsafe json_error_code($0) }) {
    case json_error_invalid_utf8:
      return error(.invalidUTF8, "these bytes are not UTF-8")
    case json_error_premature_end_of_input:
      return error(.syntax, "the text ends before its value does")
    case json_error_end_of_input_expected:
      return error(.trailingContent, "something follows the value, one text holds one value")
    case json_error_null_byte_in_key:
      return error(.nulInName, "\\u0000 is not allowed in the name of a member")
    case json_error_duplicate_key:
      return error(.duplicateName, "a name comes twice in one object")
    case json_error_numeric_overflow:
      return error(.numberOutOfRange, "a number is beyond 64 bits or beyond a double")
    case json_error_stack_overflow:
      return error(.tooDeep, "arrays and objects lie within each other too deep")
    case json_error_out_of_memory:
      return error(.tooLarge, "there is not enough memory for this text")
    default:
      if unsafe text.starts(with: [0xEF, 0xBB, 0xBF]) {
        return error(.syntax, "the text starts with a byte order mark, leave it out")
      }
      return error(.syntax, "this is not JSON")
    }
  }

  /// The text of a value.
  static func print(
    _ value: JSONValue, sortedKeys: Bool, pretty: Bool
  ) throws(JSONError) -> [UInt8] {
    var builder = JanssonBuilder()
    let tree = unsafe JanssonTree(owning: try builder.node(of: value, depth: 0))
    var flags = JSON_ENCODE_ANY | Int32(builder.digits) << 11
    flags |= sortedKeys ? JSON_SORT_KEYS : 0
    flags |= pretty ? 2 : JSON_COMPACT
    guard let text = unsafe json_dumps(tree.pointer, Int(flags)) else { outOfMemory() }
    defer { unsafe free(text) }
    return unsafe Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
  }
}

/// Borrows one node of a tree that somebody else keeps alive.
@safe struct JanssonNode {
  enum Kind { case null, bool, integer, number, string, array, object }

  private let pointer: Pointer

  fileprivate init(_ pointer: Pointer) { unsafe self.pointer = pointer }

  var kind: Kind {
    switch unsafe pointer.pointee.type {
    case JSON_OBJECT: .object
    case JSON_ARRAY: .array
    case JSON_STRING: .string
    case JSON_INTEGER: .integer
    case JSON_REAL: .number
    case JSON_TRUE, JSON_FALSE: .bool
    default: .null
    }
  }

  var truth: Bool { unsafe pointer.pointee.type == JSON_TRUE }
  var integer: Int64 { unsafe json_integer_value(pointer) }
  var number: Double { unsafe json_real_value(pointer) }

  /// The text of a string; empty for all else.
  var text: String {
    guard let start = unsafe json_string_value(pointer) else { return "" }
    let bytes = unsafe UnsafeRawBufferPointer(start: start, count: json_string_length(pointer))
    return unsafe String(decoding: bytes, as: UTF8.self)
  }

  var count: Int {
    switch kind {
    case .array: unsafe json_array_size(pointer)
    case .object: unsafe json_object_size(pointer)
    default: 0
    }
  }

  func element(at index: Int) -> JanssonNode? {
    guard index >= 0, let element = unsafe json_array_get(pointer, index) else { return nil }
    return unsafe JanssonNode(element)
  }

  func member(named name: String) -> JanssonNode? {
    let found = unsafe withBytes(of: name) { unsafe json_object_getn(pointer, $0, $1) }
    guard let found = unsafe found else { return nil }
    return unsafe JanssonNode(found)
  }

  func forEachMember(_ body: (String, JanssonNode) throws -> Void) rethrows {
    var place = unsafe json_object_iter(pointer)
    while let current = unsafe place {
      let bytes = unsafe UnsafeRawBufferPointer(
        start: json_object_iter_key(current), count: json_object_iter_key_len(current))
      if let member = unsafe json_object_iter_value(current) {
        try body(unsafe String(decoding: bytes, as: UTF8.self), unsafe JanssonNode(member))
      }
      unsafe place = json_object_iter_next(pointer, current)
    }
  }

  /// All of this value, copied. Recursive: the tree came from a text whose depth was limited.
  func value() -> JSONValue {
    switch kind {
    case .null: return .null
    case .bool: return .bool(truth)
    case .integer: return .integer(integer)
    case .number: return .number(number)
    case .string: return .string(text)
    case .array:
      var elements: [JSONValue] = []
      let count = unsafe json_array_size(pointer)
      elements.reserveCapacity(count)
      for index in 0..<count {
        if let element = element(at: index) { elements.append(element.value()) }
      }
      return .array(elements)
    case .object:
      var members: [(name: String, value: JSONValue)] = []
      members.reserveCapacity(unsafe json_object_size(pointer))
      forEachMember { name, member in members.append((name, member.value())) }
      return .object(JSONObject(unique: members))
    }
  }
}

/// Makes libjansson's nodes of a Swift value, and finds out how many digits its numbers need.
private struct JanssonBuilder {
  /// Significant digits with which every number printed so far reads back as itself. 15 prints any
  /// decimal of up to 15 digits as it was written; more would show the binary rounding.
  var digits = 15

  mutating func node(of value: JSONValue, depth: Int) throws(JSONError) -> Pointer {
    switch value {
    case .null: return unsafe json_null()
    case .bool(let truth): return unsafe truth ? json_true() : json_false()
    case .integer(let integer): return unsafe made(json_integer(integer))
    case .number(let number): return unsafe try node(of: number)
    case .string(let text):
      return unsafe made(withBytes(of: text) { unsafe json_stringn_nocheck($0, $1) })
    case .array(let elements): return unsafe try node(of: elements, depth: depth + 1)
    case .object(let object): return unsafe try node(of: object, depth: depth + 1)
    }
  }

  private mutating func node(of number: Double) throws(JSONError) -> Pointer {
    guard number.isFinite else {
      throw JSONError(.notFinite, "a number is \(number), JSON has only finite ones")
    }
    digits = max(digits, significantDigits(of: number))
    return unsafe made(json_real(number))
  }

  private mutating func node(
    of elements: [JSONValue], depth: Int
  ) throws(JSONError) -> Pointer {
    try check(depth)
    let array = unsafe made(json_array())
    do {
      for element in elements {
        let failed = unsafe json_array_append_new(array, try node(of: element, depth: depth))
        if failed != 0 { outOfMemory() }
      }
    } catch {
      unsafe json_decref(array)
      throw error
    }
    return unsafe array
  }

  private mutating func node(of object: JSONObject, depth: Int) throws(JSONError) -> Pointer {
    try check(depth)
    let result = unsafe made(json_object())
    do {
      for (name, value) in object.members {
        let member = unsafe try node(of: value, depth: depth)
        let failed = unsafe withBytes(of: name) {
          unsafe json_object_setn_new_nocheck(result, $0, $1, member)
        }
        if failed != 0 { outOfMemory() }
      }
    } catch {
      unsafe json_decref(result)
      throw error
    }
    return unsafe result
  }

  private func check(_ depth: Int) throws(JSONError) {
    guard depth > JSONLimits.deepest else { return }
    let problem = "arrays and objects lie within each other more than \(JSONLimits.deepest) deep"
    throw JSONError(.tooDeep, problem)
  }

  private func made(_ pointer: Pointer?) -> Pointer {
    guard let pointer = unsafe pointer else { outOfMemory() }
    return unsafe pointer
  }
}

/// How many significant digits the shortest decimal has that reads back as `number`.
private func significantDigits(of number: Double) -> Int {
  let text = number.description.utf8
  if text.count <= 15 { return 15 }
  var count = 0
  var zeros = 0
  for byte in text {
    if byte == UInt8(ascii: "e") { break }
    guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { continue }
    if byte == UInt8(ascii: "0") {
      // Leading zeros never count, trailing ones only if another digit follows.
      if count > 0 { zeros += 1 }
    } else {
      count += zeros + 1
      zeros = 0
    }
  }
  return count
}

/// Calls `body` with the UTF-8 of a text as C sees it, which is not NUL-terminated.
private func withBytes<Result>(
  of text: String, _ body: (UnsafePointer<CChar>, Int) -> Result
) -> Result {
  var text = text
  return text.withUTF8 { bytes in
    guard let start = bytes.baseAddress else { return unsafe body([0], 0) }
    return unsafe start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
      unsafe body($0, bytes.count)
    }
  }
}

/// libjansson answers NULL to valid arguments only when it gets no memory; Swift's own arrays stop
/// the process then, too.
private func outOfMemory() -> Never { fatalError("out of memory while printing JSON") }
