package import Checkpoints
package import JSON

/// An expert as the published PyTorch code saves it: the state dict, and nothing about itself but
/// the epoch. Import adds what is missing, export takes it away again; the tensors' bytes are the
/// same on both sides.
package struct PublishedExpert: Sendable {
  /// The file that it was read from.
  package let path: String
  /// The tensors in file order.
  package let tensors: [SafetensorsWriter.Tensor]
  /// The epoch that the file states, if it does.
  package let epoch: String?
  /// The network and its head, for their shapes and kinds.
  package let network: PublishedNetwork

  /// Reads and checks a published expert; one that already describes itself is fine too.
  ///
  /// - Throws: `CheckpointError` for the file, `ExpertError` for its tensors.
  package init(path: String, limits: ReadLimits = .init()) throws {
    let file = try SafetensorsFile(path: path, limits: limits)
    self.path = path
    tensors = try ExpertFile.storedTensors(file)
    epoch = file.metadata.first { $0.name == "epoch" }?.value
    network = try PublishedNetwork(tensors, path: path)
  }

  /// What the file itself says about its training.
  package var training: JSONObject? {
    epoch.map { ["epoch": .string($0)] }
  }

  /// Writes the published layout of an expert that describes itself.
  ///
  /// - Throws: `CheckpointError` for the files, `ExpertError` for the expert.
  package static func export(
    _ source: String, to target: String, limits: ReadLimits = .init()
  ) throws {
    let expert = try ExpertFile.read(source, limits: limits)
    try refuseUnpublished(expert.facts, source)
    let tensors = try ExpertFile.storedTensors(try SafetensorsFile(path: source, limits: limits))
    let epoch = expert.facts.training?["epoch"]?.string
    try SafetensorsWriter.write(
      tensors, metadata: epoch.map { [("epoch", $0)] } ?? [], to: target)
  }

  /// The published classes hold one network and nothing that is done to a layer before it; without
  /// that they would give other answers.
  private static func refuseUnpublished(
    _ facts: ExpertFacts, _ path: String
  ) throws(ExpertError) {
    let problem: String
    if facts.readings.count > 1 {
      problem = "has \(facts.readings.count) members; the published classes hold one network."
    } else if facts.readings[0].isCentred || facts.readings[0].isNormalised {
      problem = "centres or normalises its layer; the published classes do not."
    } else if facts.readings[0].network.isOurs {
      problem = "has a network that was never published."
    } else {
      return
    }
    throw ExpertError(
      path, problem: problem,
      remedy: "Train one with --method probex or --method mvprobe for PyTorch.")
  }
}
