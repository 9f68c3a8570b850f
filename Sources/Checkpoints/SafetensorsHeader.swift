import JSON
import Tensors

/// The header of a safetensors file, parsed and checked completely.
///
/// The rules are those of the reference implementation, version 0.8.0: tensors sorted by offset
/// cover the data without hole, overlap or rest, and every range has the size that shape and type
/// give. Deviations, all of them refusals of what the reference accepts: names that occur twice;
/// what the JSON library cannot hold (NUL in a name, integers beyond 63 bits); a tensor
/// written as an array or a type as an object, which the reference takes only because its decoder
/// does. One thing is accepted that the reference refuses: `-0` for `0`.
struct SafetensorsHeader {
  /// The file's own `__metadata__`, in the order of the file.
  let metadata: [(name: String, value: String)]
  /// The tensors in the order of their bytes.
  let tensors: [TensorRecord]

  /// Nesting that the reference's JSON decoder stops at.
  private static let depth = 127

  /// - Parameters:
  ///   - text: the header's bytes.
  ///   - dataStart: where the data starts in the file.
  ///   - dataCount: how many bytes of data the file has.
  ///   - subject: the file, as errors name it.
  /// - Throws: `.malformed`.
  ///
  /// Cost: one pass over the text and a sort of the tensors; nothing of the data is read.
  init(
    _ text: ArraySlice<UInt8>, dataStart: Int, dataCount: Int, subject: String
  ) throws(CheckpointError) {
    let check = Check(subject: subject)
    let document: JSONDocument
    do throws(JSONError) {
      document = try JSONDocument.parse(
        text,
        limits: JSONLimits(
          // The header's own limit in bytes is chosen for what its values occupy.
          bytes: ReadLimits.greatestHeader, depth: Self.depth, values: .max))
    } catch {
      throw check.fault("its header is not valid JSON: \(error.problem)")
    }
    guard document.root.kind == "object" else {
      throw check.fault("its header is of kind \(document.root.kind), not an object")
    }
    var metadata: [(name: String, value: String)] = []
    var claims: [Claim] = []
    claims.reserveCapacity(document.root.count)
    do {
      try document.root.forEachMember { name, node in
        if name == "__metadata__" {
          metadata = try check.metadata(node)
        } else {
          claims.append(try check.claim(name, node, place: claims.count))
        }
      }
    } catch let error as CheckpointError {
      throw error
    } catch {
      preconditionFailure("members are only refused by a CheckpointError")
    }
    self.metadata = metadata
    tensors = try check.layout(&claims, dataStart: dataStart, dataCount: dataCount)
  }
}

/// One tensor as the header claims it; nothing is checked but the kinds of values.
private struct Claim {
  let name: String
  let type: ScalarType
  let shape: [Int]
  let begin: Int
  let end: Int
  /// Place in the header; it orders empty tensors at the same offset.
  let place: Int
}

/// The checks, with the file's name for their errors.
private struct Check {
  let subject: String

  func fault(_ problem: String) -> CheckpointError {
    CheckpointError(
      .malformed, subject, problem: problem,
      remedy: "Download the file again, or write it again with the safetensors library")
  }

  func metadata(_ node: JSONNode) throws(CheckpointError) -> [(name: String, value: String)] {
    if node.isNull { return [] }
    guard node.kind == "object" else {
      throw fault("its __metadata__ is of kind \(node.kind), not an object of strings")
    }
    var entries: [(name: String, value: String)] = []
    var culprit: String?
    node.forEachMember { name, value in
      if let text = value.string { entries.append((name, text)) } else { culprit = name }
    }
    if let culprit { throw fault("\(quoted(culprit)) in its __metadata__ is no string") }
    return entries
  }

  func claim(_ name: String, _ node: JSONNode, place: Int) throws(CheckpointError) -> Claim {
    guard node.kind == "object" else {
      throw fault("tensor \(quoted(name)) is described by a value of kind \(node.kind)")
    }
    guard let typeName = node["dtype"]?.string else {
      throw fault("tensor \(quoted(name)) has no dtype")
    }
    guard let type = ScalarType(rawValue: typeName) else {
      throw fault("tensor \(quoted(name)) has the unknown dtype \(quoted(typeName))")
    }
    guard let shape = sizes(node["shape"]) else {
      throw fault("tensor \(quoted(name)) has no shape of non-negative integers")
    }
    guard let range = sizes(node["data_offsets"]), range.count == 2 else {
      throw fault("tensor \(quoted(name)) has no data_offsets of two non-negative integers")
    }
    return Claim(
      name: name, type: type, shape: shape, begin: range[0], end: range[1], place: place)
  }

  private func sizes(_ node: JSONNode?) -> [Int]? {
    guard let node, node.kind == "array" else { return nil }
    var sizes: [Int] = []
    sizes.reserveCapacity(node.count)
    for index in 0..<node.count {
      guard let size = node[index]?.integer, size >= 0 else { return nil }
      sizes.append(Int(size))
    }
    return sizes
  }

  /// Sorts by offset and follows the ranges from the data's first byte to its last.
  func layout(
    _ claims: inout [Claim], dataStart: Int, dataCount: Int
  ) throws(CheckpointError) -> [TensorRecord] {
    claims.sort { ($0.begin, $0.end, $0.place) < ($1.begin, $1.end, $1.place) }
    var records: [TensorRecord] = []
    records.reserveCapacity(claims.count)
    var covered = 0
    for claim in claims {
      guard claim.begin <= claim.end else {
        throw fault(
          "tensor \(quoted(claim.name)) ends at byte \(claim.end), before its start \(claim.begin)")
      }
      guard claim.begin >= covered else {
        throw fault(
          "tensor \(quoted(claim.name)) starts at byte \(claim.begin), inside the one before it")
      }
      guard claim.begin == covered else {
        throw fault(
          "the bytes \(covered) to \(claim.begin), before tensor \(quoted(claim.name)), belong to "
            + "no tensor")
      }
      guard let elementCount = elements(claim), let size = bytes(elementCount, claim.type) else {
        throw fault(
          "tensor \(quoted(claim.name)) of type \(claim.type.rawValue) has an impossible shape")
      }
      guard size == claim.end - claim.begin else {
        throw fault(
          "tensor \(quoted(claim.name)) needs \(size) bytes for its type and shape, not "
            + "\(claim.end - claim.begin)")
      }
      // Inside the file only if the last range is, which is checked below; hence no trap here.
      records.append(
        TensorRecord(
          name: claim.name, type: claim.type, shape: claim.shape,
          offset: dataStart &+ claim.begin, byteCount: size, elementCount: elementCount))
      covered = claim.end
    }
    guard covered <= dataCount else {
      throw fault(
        "it is cut short: its tensors take \(covered) bytes, and it has \(dataCount) of them")
    }
    guard covered == dataCount else {
      throw fault("its last \(dataCount - covered) bytes belong to no tensor")
    }
    return records
  }

  /// The product of the dimensions, or nil when it does not fit. Multiplied unsigned and in order,
  /// as the reference does: `[0, huge, huge]` is empty, `[huge, huge, 0]` overflows.
  private func elements(_ claim: Claim) -> Int? {
    var product: UInt = 1
    for size in claim.shape {
      let (next, overflow) = product.multipliedReportingOverflow(by: UInt(size))
      if overflow { return nil }
      product = next
    }
    return Int(exactly: product)
  }

  /// Size in bytes, or nil when it does not fit or does not end on a byte.
  private func bytes(_ count: Int, _ type: ScalarType) -> Int? {
    let (bits, overflow) = UInt(count).multipliedReportingOverflow(by: UInt(type.bits))
    return overflow || bits % 8 != 0 ? nil : Int(bits / 8)
  }
}
