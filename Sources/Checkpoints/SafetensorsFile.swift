package import Tensors

/// One safetensors file, of which the header has been read and checked completely and the data not
/// at all.
///
/// The file is not kept open: a checkpoint may have hundreds of shards, and a process few
/// descriptors. Each read opens it again and compares device, inode, size and time of modification
/// before and after, so that bytes of two versions of a file are never mixed.
package final class SafetensorsFile: Sendable {
  /// The path it was opened by.
  package let path: String
  /// Which file it was.
  package let identity: FileIdentity
  /// The file's own `__metadata__`, in the order of the file; empty when it has none.
  package let metadata: [(name: String, value: String)]
  /// The tensors in the order of their bytes.
  package let tensors: [TensorRecord]

  private let limits: ReadLimits
  private let places: [ExactName: Int]

  /// Reads and checks the header.
  ///
  /// - Throws: `.notFound`, `.unreadable`, `.notACheckpoint`, `.unsupported` (another weight
  ///   format), `.malformed`, `.limitExceeded` (header), `.changedWhileRead`.
  ///
  /// Cost: one read of at most 64 KiB and another for a greater header; nothing of the data.
  package init(path: String, limits: ReadLimits = .init()) throws(CheckpointError) {
    let file = try CheckedFile(path: path)
    let header = try Self.header(of: file, limits: limits)
    try file.expectUnchanged()
    self.path = path
    identity = file.identity
    metadata = header.metadata
    tensors = header.tensors
    self.limits = limits
    var places: [ExactName: Int] = [:]
    places.reserveCapacity(tensors.count)
    for (place, tensor) in tensors.enumerated() { places[ExactName(tensor.name)] = place }
    self.places = places
  }

  /// The tensor of exactly that name.
  package func tensor(named name: String) -> TensorRecord? {
    places[ExactName(name)].map { tensors[$0] }
  }

  /// The value of that name in the file's own metadata.
  package func metadata(named name: String) -> String? {
    metadata.first { $0.name == name }?.value
  }

  /// All elements of a tensor of this file, in the order of the file. NaN and infinities are not
  /// looked for.
  ///
  /// - Throws: `.unsupported` (not F64, F32, F16 or BF16), `.limitExceeded`, `.changedWhileRead`,
  ///   `.notFound`, `.unreadable`.
  ///
  /// Cost: reads the tensor's bytes and no others.
  package func floats(_ tensor: TensorRecord) throws(CheckpointError) -> [Float] {
    try expectFloats(tensor)
    let file = try reopened(for: tensor)
    let values = try file.floats(of: tensor.type, count: tensor.elementCount, at: tensor.offset)
    try file.expectUnchanged()
    return values
  }

  /// The bytes of a tensor of this file, as stored.
  ///
  /// - Throws: as `floats`, but for the type.
  package func bytes(_ tensor: TensorRecord) throws(CheckpointError) -> [UInt8] {
    let file = try reopened(for: tensor)
    let bytes = try file.bytes(count: tensor.byteCount, at: tensor.offset)
    try file.expectUnchanged()
    return bytes
  }

  /// A two-dimensional tensor as a matrix, all of whose elements are finite.
  ///
  /// - Parameters:
  ///   - rows: rows that it must have; nil for any.
  ///   - columns: columns that it must have; nil for any.
  /// - Throws: `.layerNotFound`, `.wrongShape`, `.notFinite`, and as `floats`.
  package func matrix(
    _ name: String, rows: Int? = nil, columns: Int? = nil
  ) throws(CheckpointError) -> Matrix {
    guard let tensor = tensor(named: name) else {
      throw CheckpointError(
        .layerNotFound, path, problem: "it has no tensor \(quoted(name))",
        remedy: "It has \(listed(tensors.map(\.name)))")
    }
    guard tensor.shape.count == 2, rows ?? tensor.shape[0] == tensor.shape[0],
      columns ?? tensor.shape[1] == tensor.shape[1]
    else {
      let wanted = "\(rows.map(String.init) ?? "any")×\(columns.map(String.init) ?? "any")"
      throw CheckpointError(
        .wrongShape, path,
        problem: "tensor \(quoted(name)) is \(tensor.shapeDescription), not \(wanted)",
        remedy: "Check that the file belongs to what it is used with")
    }
    return try matrix(tensor, rows: tensor.shape[0], columns: tensor.shape[1])
  }

  /// The elements of a tensor of this file as a matrix of that shape, all of them finite.
  func matrix(
    _ tensor: TensorRecord, rows: Int, columns: Int
  ) throws(CheckpointError) -> Matrix {
    let values = try floats(tensor)
    try expectFinite(values, tensor, columns: columns)
    return Matrix(rows: rows, columns: columns, values: values)
  }

  /// The bytes of a floating-point tensor of this file, as stored; all of its elements are finite.
  func finiteBytes(_ tensor: TensorRecord, columns: Int) throws(CheckpointError) -> [UInt8] {
    try expectFloats(tensor)
    let bytes = try bytes(tensor)
    let values = FloatDecoding.floats(of: tensor.type, count: tensor.elementCount, bytes: bytes)
    try expectFinite(values, tensor, columns: columns)
    return bytes
  }

  private func expectFinite(
    _ values: [Float], _ tensor: TensorRecord, columns: Int
  ) throws(CheckpointError) {
    guard let place = values.firstNonFinite else { return }
    throw CheckpointError(
      .notFinite, path,
      problem: "tensor \(quoted(tensor.name)) has \(values[place]) at row \(place / columns), "
        + "column \(place % columns)",
      remedy: "The file is damaged or its training diverged: use another checkpoint")
  }

  private func expectFloats(_ tensor: TensorRecord) throws(CheckpointError) {
    guard FloatDecoding.isSupported(tensor.type) else {
      throw CheckpointError(
        .unsupported, path,
        problem: "tensor \(quoted(tensor.name)) has the type \(tensor.type.rawValue)",
        remedy: "Convert it to F32, F16, BF16 or F64")
    }
  }

  private func reopened(for tensor: TensorRecord) throws(CheckpointError) -> CheckedFile {
    guard tensor.byteCount <= limits.tensorBytes else {
      throw CheckpointError(
        .limitExceeded, path,
        problem: "tensor \(quoted(tensor.name)) takes \(tensor.byteCount) bytes, and "
          + "\(limits.tensorBytes) are allowed",
        remedy: "Choose a smaller layer or raise the limit of one tensor's size")
    }
    let file = try CheckedFile(path: path)
    guard file.identity == identity else { throw .changed(path) }
    precondition(
      tensor.offset >= 0 && tensor.offset + tensor.byteCount <= identity.size,
      "a tensor is read from the file that it was found in")
    return file
  }
}

extension SafetensorsFile {
  /// What is read at once: the header of a file with some hundred tensors is shorter.
  private static let headCount = 1 << 16

  private static func header(
    of file: CheckedFile, limits: ReadLimits
  ) throws(CheckpointError) -> SafetensorsHeader {
    let size = file.identity.size
    let head = try file.bytes(count: min(size, headCount), at: 0)
    let count = try headerCount(head, of: file, limits: limits)
    let text = 8 + count <= head.count ? head : try file.bytes(count: 8 + count, at: 0)
    return try SafetensorsHeader(
      text[8..<8 + count], dataStart: 8 + count, dataCount: size - 8 - count, subject: file.path)
  }

  /// The header's size in bytes, from the first eight of the file.
  private static func headerCount(
    _ head: [UInt8], of file: CheckedFile, limits: ReadLimits
  ) throws(CheckpointError) -> Int {
    // Without the name and the first byte of one, it is likelier some other file than a broken one.
    let isMeant =
      file.path.hasSuffix(".safetensors") || head.dropFirst(8).first == UInt8(ascii: "{")
    func fault(_ problem: String) -> CheckpointError {
      if let signature = FileSignature(head: head[...]) {
        return CheckpointError(
          signature.kind, file.path, problem: signature.problem, remedy: signature.remedy)
      }
      return CheckpointError(
        isMeant ? .malformed : .notACheckpoint, file.path, problem: problem,
        remedy: "Name a safetensors file; if this should be one, download or write it again")
    }
    let size = file.identity.size
    if size == 0 { throw fault("the file is empty") }
    guard head.count >= 8 else {
      throw fault("the file has \(size) bytes, too few for a safetensors header")
    }
    let announced = head.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let count = Int(exactly: announced), count <= ReadLimits.greatestHeader else {
      throw fault(
        "it is no safetensors file: its first 8 bytes announce a header of \(announced) bytes, and "
          + "the format allows \(ReadLimits.greatestHeader)")
    }
    guard count <= size - 8 else {
      throw fault(
        "it is cut short or no safetensors file: it has \(size) bytes, and its first 8 announce a "
          + "header of \(count)")
    }
    guard count <= limits.headerBytes else {
      throw CheckpointError(
        .limitExceeded, file.path,
        problem: "its header has \(count) bytes, and \(limits.headerBytes) are allowed",
        remedy: "Raise the limit of the header's size, if memory allows forty times as much")
    }
    return count
  }
}
