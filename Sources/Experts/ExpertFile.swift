package import Checkpoints
import JSON
import Tensors

/// Experts as `.safetensors` files that describe themselves.
///
/// Tensor names and shapes are those of the published PyTorch code, so that either side can load
/// what the other trained; what the tensors do not say stands in the header metadata.
package enum ExpertFile {
  /// Reads an expert that describes itself, completely checked: metadata, shapes, checksum and
  /// numbers.
  ///
  /// Cost: one read of the file and one SHA-256 over its tensors.
  ///
  /// - Throws: `CheckpointError` for the file, `ExpertError` for what it says.
  package static func read(_ path: String, limits: ReadLimits = .init()) throws -> Expert {
    let file = try SafetensorsFile(path: path, limits: limits)
    guard file.metadata.contains(where: { $0.name == ExpertMetadata.versionKey }) else {
      throw notSelfDescribing(file)
    }
    let facts = try ExpertMetadata.facts(file.metadata, path: path)
    let tensors = try storedTensors(file)
    try verify(file.metadata, tensors, path: path)
    let parts = try NetworkTensors(tensors, facts, path: path)
    return try Expert(facts: facts, members: parts.members, subject: path)
  }

  /// Writes an expert that describes itself. The file appears complete or not at all.
  ///
  /// - Parameter tensors: the tensors of the network under their published names, in the order in
  ///   which they shall stand in the file.
  /// - Throws: `ExpertError` for facts or tensors that could not be read back, `CheckpointError`
  ///   for the file.
  package static func write(
    _ facts: ExpertFacts, _ tensors: [SafetensorsWriter.Tensor], to path: String
  ) throws {
    // What could not be read back is never written.
    let parts = try NetworkTensors(tensors, facts, path: path)
    _ = try Expert(facts: facts, members: parts.members, subject: path)
    let checksum = "sha256:" + SafetensorsWriter.checksum(tensors)
    let metadata = try ExpertMetadata.strings(facts, checksum: checksum)
    _ = try ExpertMetadata.facts(metadata, path: path)
    try SafetensorsWriter.write(tensors, metadata: metadata, to: path)
  }

  /// The tensors of an expert file as they are stored, in file order.
  package static func storedTensors(_ file: SafetensorsFile) throws -> [SafetensorsWriter.Tensor] {
    try file.tensors.map { record in
      SafetensorsWriter.Tensor(
        name: record.name, type: record.type, shape: record.shape, bytes: try file.bytes(record))
    }
  }

  private static func verify(
    _ metadata: [(name: String, value: String)], _ tensors: [SafetensorsWriter.Tensor], path: String
  ) throws(ExpertError) {
    let reader = MetadataReader(path: path, metadata: metadata)
    let stated = try reader.string(ExpertMetadata.checksumKey)
    guard stated == "sha256:" + SafetensorsWriter.checksum(tensors) else {
      throw ExpertError(
        path, problem: "its tensors do not have the checksum that its header states.",
        remedy: "The file is damaged or was edited: fetch or make it again.")
    }
  }

  private static func notSelfDescribing(_ file: SafetensorsFile) -> ExpertError {
    let firstNames = [ProbeX.tensorNames[0], MVProbe.tensorNames[0]]
    if firstNames.contains(where: { file.tensor(named: $0) != nil }) {
      return ExpertError(
        file.path,
        problem: "is an expert as the published code saves it: it does not say its layer, labels "
          + "and tree.",
        remedy: "Make it describe itself with `probexd import`.")
    }
    return ExpertError(
      file.path,
      problem: "is no expert: its header metadata has no “\(ExpertMetadata.versionKey)”.",
      remedy: "Put only experts into the library's folder `experts`.")
  }
}
