import JSON
package import Tensors

/// Writes safetensors files. The same input gives the same bytes.
package enum SafetensorsWriter {
  /// One tensor to write.
  package struct Tensor: Sendable, Hashable {
    /// Its name; unique in a file, not `__metadata__`.
    package let name: String
    /// Type of its elements.
    package let type: ScalarType
    /// Its dimensions, slowest first.
    package let shape: [Int]
    /// Its elements.
    private let storage: Storage

    /// Numbers stay as they are until they are written: the bytes beside them would double the
    /// memory that a large network takes.
    private enum Storage: Hashable {
      case bytes([UInt8])
      case floats([Float])
    }

    /// A tensor of any type; the bytes must be as many as type and shape say.
    package init(name: String, type: ScalarType, shape: [Int], bytes: [UInt8]) {
      precondition(
        bytes.count * 8 == shape.reduce(1, *) * type.bits, "shape, type and bytes must agree")
      self.init(name: name, type: type, shape: shape, storage: .bytes(bytes))
    }

    private init(name: String, type: ScalarType, shape: [Int], storage: Storage) {
      self.name = name
      self.type = type
      self.shape = shape
      self.storage = storage
    }

    /// An F32 tensor.
    package init(name: String, values: [Float], shape: [Int]) {
      precondition(values.count == shape.reduce(1, *), "shape and values must agree")
      self.init(name: name, type: .f32, shape: shape, storage: .floats(values))
    }

    /// The same tensor under another name; nothing is copied.
    package func renamed(_ name: String) -> Tensor {
      Tensor(name: name, type: type, shape: shape, storage: storage)
    }

    /// How many bytes its elements have in a file.
    package var byteCount: Int { shape.reduce(1, *) * type.bits / 8 }

    /// Its elements, little-endian. Costs a copy for those that were given as numbers.
    package var bytes: [UInt8] {
      switch storage {
      case .bytes(let bytes): bytes
      case .floats(let values): littleEndianBytes(values)
      }
    }

    fileprivate func write(to file: WritableFile) throws(SystemFailure) {
      switch storage {
      case .bytes(let bytes): try file.write(bytes)
      case .floats(let values): try file.write(values)
      }
    }

    fileprivate func add(to digest: inout TensorDigest) {
      switch storage {
      case .bytes(let bytes): digest.add(name: name, type: type, shape: shape, bytes: bytes)
      case .floats(let values): digest.add(name: name, shape: shape, values: values)
      }
    }

    /// An F32 matrix.
    package init(name: String, matrix: Matrix) {
      self.init(name: name, values: matrix.values, shape: [matrix.rows, matrix.columns])
    }
  }

  /// Writes a file, or leaves what stands at `path` as it was.
  ///
  /// The bytes go to a temporary file in the same folder, are flushed to the disk, and then take
  /// the target's place in one step. A target that exists keeps its permissions; through a symbolic
  /// link the file behind it is replaced, not the link.
  ///
  /// - Parameters:
  ///   - tensors: in the order in which they are written; nothing is sorted.
  ///   - metadata: `__metadata__`, in this order; left out of the file when empty.
  /// - Throws: `.writeFailed`.
  package static func write(
    _ tensors: [Tensor], metadata: [(name: String, value: String)], to path: String
  ) throws(CheckpointError) {
    let header = try header(tensors, metadata: metadata, path: path)
    let target = try Target(path)
    do throws(SystemFailure) {
      let (file, temporary) = try create(in: target.folder)
      do throws(SystemFailure) {
        try file.write(header)
        for tensor in tensors { try tensor.write(to: file) }
        if let permissions = target.permissions { try file.setPermissions(permissions) }
        try file.finish()
        try FileAccess.rename(temporary, to: target.path)
      } catch {
        FileAccess.remove(temporary)
        throw error
      }
      // The new file is in place and complete; whether the folder's entry already survives a power
      // cut is no reason to call the writing failed.
      try? FileAccess.synchronize(folder: target.folder)
    } catch {
      throw .writing(path, error)
    }
  }

  /// Removes a file that `write` made; what is not there is no error.
  package static func remove(_ path: String) { FileAccess.remove(path) }

  /// SHA-256 in hexadecimal over names, types, shapes and bytes of all tensors in the order of
  /// their names; the order in the file and the metadata do not count. `TensorDigest` says how
  /// exactly.
  package static func checksum(_ tensors: [Tensor]) -> String {
    var digest = TensorDigest()
    let sorted = tensors.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    for tensor in sorted { tensor.add(to: &digest) }
    return digest.hexadecimal
  }

  /// The first bytes of the file: the header's size and the header, filled up with spaces to a
  /// multiple of 8, so that the data starts aligned.
  private static func header(
    _ tensors: [Tensor], metadata: [(name: String, value: String)], path: String
  ) throws(CheckpointError) -> [UInt8] {
    func fault(_ problem: String) -> CheckpointError {
      CheckpointError(
        .writeFailed, path, problem: problem, remedy: "Give every tensor and entry its own name")
    }
    var header = JSONObject()
    func add(_ value: JSONValue, _ name: String, to object: inout JSONObject) -> Bool {
      // What could not be read back is not written.
      if name.utf8.contains(0) || object[name] != nil { return false }
      object[name] = value
      return true
    }
    if !metadata.isEmpty {
      var entries = JSONObject()
      for (name, value) in metadata where !add(.string(value), name, to: &entries) {
        throw fault("the metadata has \(quoted(name)) twice, or the name contains NUL")
      }
      header["__metadata__"] = .object(entries)
    }
    var offset = 0
    for tensor in tensors {
      let record: JSONValue = [
        "dtype": .string(tensor.type.rawValue),
        "shape": .array(tensor.shape.map { .integer(Int64($0)) }),
        "data_offsets": [.integer(Int64(offset)), .integer(Int64(offset + tensor.byteCount))],
      ]
      guard tensor.name != "__metadata__", add(record, tensor.name, to: &header) else {
        throw fault("tensor \(quoted(tensor.name)) comes twice, or its name is not allowed")
      }
      offset += tensor.byteCount
    }
    var text: [UInt8]
    do throws(JSONError) {
      text = try JSONValue.object(header).serialized()
    } catch {
      preconditionFailure("a header has no numbers that JSON could not print")
    }
    text += [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    guard text.count <= ReadLimits.greatestHeader else {
      throw fault("its header would have \(text.count) bytes, more than the format allows")
    }
    return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text
  }

  /// A new file in that folder whose name nobody else has. It starts with a dot and has no known
  /// ending, so that no reader takes it for weights.
  private static func create(
    in folder: String
  ) throws(SystemFailure) -> (file: WritableFile, path: String) {
    var number = 0
    while true {
      let path = join(folder, ".probexd-\(FileAccess.processNumber)-\(number).tmp")
      do throws(SystemFailure) {
        return (try WritableFile(creating: path), path)
      } catch  where error.meansExisting && number < 10_000 {
        number += 1
      }
    }
  }

  /// The place that the new file will take.
  private struct Target {
    let path: String
    /// Of the file that is there now.
    var permissions: UInt32?

    var folder: String {
      guard let slash = path.lastIndex(of: "/") else { return "." }
      return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    init(_ path: String) throws(CheckpointError) {
      func fault(_ problem: String) -> CheckpointError {
        CheckpointError(
          .writeFailed, path, problem: problem, remedy: "Name a file that exists or could")
      }
      if path.isEmpty || path.utf8.contains(0) { throw fault("no file can have that name") }
      guard let status = try? FileAccess.status(of: path) else {
        if FileAccess.target(ofLink: path) != nil {
          throw fault("it is a symbolic link that leads nowhere")
        }
        self.path = path
        return
      }
      // A rename would put a file in the place of a device or pipe, for everyone.
      guard status.type == .regular else { throw fault("it is \(status.type.noun)") }
      guard let resolved = try? FileAccess.resolvingLinks(path) else {
        throw fault("the path behind its symbolic links cannot be named")
      }
      self.path = resolved
      permissions = status.permissions
    }
  }
}
