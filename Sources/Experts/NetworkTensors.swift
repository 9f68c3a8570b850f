package import Checkpoints
import Tensors

/// The tensors of an expert, found by their published names and put together.
package struct NetworkTensors {
  /// Name of the head of experts with outputs of their own, with one row for each.
  static let outputHead = "classification_head"
  /// Name of the head of text experts, which projects text embeddings.
  static let textHead = "regression_head"
  /// Name of what is taken away from a layer first.
  static let centre = "centre"

  /// In the order of the facts' readings.
  package let members: [ExpertMember]

  /// The members that an expert's facts speak of.
  ///
  /// - Throws: `ExpertError` naming the file and the tensor that is missing, unknown, of another
  ///   shape or type, or not finite.
  package init(
    _ tensors: [SafetensorsWriter.Tensor], _ facts: ExpertFacts, path: String
  ) throws(ExpertError) {
    var members: [ExpertMember] = []
    var used: Set<String> = []
    let head = facts.kind == .text ? Self.textHead : Self.outputHead
    for (place, reading) in facts.readings.enumerated() {
      let source = TensorSource(
        path: path, tensors: tensors, prefix: Self.prefix(place, of: facts.readings.count))
      if place == 0 { try Self.refuseOtherHead(source, facts) }
      members.append(
        ExpertMember(
          preparation: InputPreparation(
            centre: reading.isCentred ? try source.matrix(Self.centre) : nil,
            scale: reading.inputScale, isNormalised: reading.isNormalised),
          network: try source.network(reading.network, reading: reading.layer),
          head: try source.linear(head)))
      let names = reading.network.tensorNames + [head + ".weight", head + ".bias"]
      used.formUnion((names + (reading.isCentred ? [Self.centre] : [])).map { source.prefix + $0 })
    }
    try Self.refuseStrangers(tensors, used, path)
    self.members = members
  }

  /// What stands before the names of a member's tensors.
  package static func prefix(_ place: Int, of count: Int) -> String {
    count == 1 ? "" : "members.\(place)."
  }

  /// The head of another kind of expert is a better explanation than a missing tensor.
  private static func refuseOtherHead(
    _ source: TensorSource, _ facts: ExpertFacts
  ) throws(ExpertError) {
    let (wanted, other) =
      facts.kind == .text ? (textHead, outputHead) : (outputHead, textHead)
    guard !source.has(wanted + ".weight"), source.has(other + ".weight") else { return }
    throw ExpertError(
      source.path, problem: "its kind and the head among its tensors do not go together.",
      remedy: "Import the expert again with the layer and labels that it was trained with.")
  }

  /// Refuses tensors that no part of a network has used: they belong to another architecture,
  /// whose answers this one would not give.
  static func refuseStrangers(
    _ tensors: [SafetensorsWriter.Tensor], _ used: Set<String>, _ path: String
  ) throws(ExpertError) {
    guard let stranger = tensors.first(where: { !used.contains($0.name) }) else { return }
    throw ExpertError(
      path, problem: "has the tensor “\(stranger.name)”, which no expert of its kind has.",
      remedy: "Import a ProbeX or MVProbe expert; other networks are not supported here.")
  }
}

/// A network and its head as the published code names them, before anything says what they mean.
package struct PublishedNetwork {
  package let network: any LayerNetwork
  package let head: Linear
  /// Whether the head projects texts; otherwise it has one output for each label.
  package let isText: Bool

  /// - Throws: `ExpertError`, as `NetworkTensors`.
  package init(_ tensors: [SafetensorsWriter.Tensor], path: String) throws(ExpertError) {
    let source = TensorSource(path: path, tensors: tensors)
    network = try source.publishedNetwork()
    let heads = (
      source.has(NetworkTensors.outputHead + ".weight"),
      source.has(NetworkTensors.textHead + ".weight")
    )
    switch heads {
    case (true, false): isText = false
    case (false, true): isText = true
    case (true, true):
      throw ExpertError(
        path, problem: "has a classification_head and a regression_head.",
        remedy: "Export one expert for each head.")
    case (false, false):
      throw ExpertError(
        path, problem: "has neither classification_head.weight nor regression_head.weight.",
        remedy: "Import a trained ProbeX or MVProbe expert; other networks are not supported here.")
    }
    let name = isText ? NetworkTensors.textHead : NetworkTensors.outputHead
    head = try source.linear(name)
    try NetworkTensors.refuseStrangers(
      tensors, Set(network.kind.tensorNames + [name + ".weight", name + ".bias"]), path)
  }
}
