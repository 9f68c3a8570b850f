import Checkpoints
import Experts
import Tensors

/// Small experts in closed form for layers of 6×5.
enum ClosedFixture {
  static let (rows, columns) = (6, 5)
  static let shape = ExpertFacts.LayerShape(name: "layer.0.query", rows: rows, columns: columns)
  static let choice = ExpertFacts.Output.choice(labels: ["a", "b"])
  static let text = ExpertFacts.Output.text(
    ExpertFacts.TextSpace(encoder: "e", prompt: "{label}", normalised: false, dimension: 9),
    temperature: 0.1, table: nil)

  /// The networks, by name: both sides of a `LogGram`, with all directions and with some.
  static let networks = ["inputs", "outputs", "some inputs", "direction"]

  static func linear(_ outputs: Int, _ inputs: Int, seed: UInt64) throws -> Linear {
    try Linear(
      weight: MemberFixture.matrix(outputs, inputs, seed: seed),
      bias: MemberFixture.matrix(1, outputs, seed: seed + 1).values, subject: "test",
      name: "linear")
  }

  static func network(_ name: String) throws -> any LayerNetwork {
    if name == "direction" {
      return DirectionReader(
        direction: MemberFixture.matrix(columns, 1, seed: 3),
        whitening: try linear(rows, rows, seed: 4))
    }
    let side: LogGram.Side = name == "outputs" ? .outputs : .inputs
    let width = side == .inputs ? columns : rows
    let count = name == "some inputs" ? 2 : width
    return LogGram(
      rows: rows, columns: columns, side: side,
      basis: MemberFixture.matrix(width, count, seed: 5), floor: 0.25,
      encoder: try linear(4, LogGram.featureCount(count), seed: 6))
  }

  static func published(_ network: any LayerNetwork) -> [SafetensorsWriter.Tensor] {
    switch network {
    case let network as LogGram: network.published
    case let network as DirectionReader: network.published
    default: []
    }
  }

  /// A member with its reading and all its tensors, in the order of their names.
  static func expert(
    _ name: String, _ output: ExpertFacts.Output
  ) throws -> (facts: ExpertFacts, member: ExpertMember, tensors: [SafetensorsWriter.Tensor]) {
    let network = try network(name)
    let isText = if case .text = output { true } else { false }
    let head =
      isText
      ? try linear(network.dimension, 9, seed: 8) : try linear(2, network.dimension, seed: 8)
    let centre = network.kind == .logGram ? MemberFixture.matrix(rows, columns, seed: 9) : nil
    let member = ExpertMember(
      preparation: InputPreparation(centre: centre), network: network, head: head)
    let facts = ExpertFacts(
      tree: "tree", bases: [],
      readings: [
        ExpertFacts.Reading(layer: shape, network: network.kind, isCentred: centre != nil)
      ], input: .full, output: output)
    let tensors = published(network) + member.tensorsBesideNetwork(isText: isText)
    return (facts, member, tensors.sorted { $0.name < $1.name })
  }
}
