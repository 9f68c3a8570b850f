import Checkpoints
import Experts
import Tensors
import Testing

/// What is done to a layer before a network sees it.
@Suite struct InputPreparationTests {
  private static func matrix(
    _ rows: Int, _ columns: Int, seed: UInt64, bound: Float = 1
  ) -> Matrix {
    var generator = RandomSource(seed: seed)
    return Matrix(
      rows: rows, columns: columns,
      values: (0..<rows * columns).map { _ in generator.uniform(bound: bound) })
  }

  private static let pair = LowRank(
    scale: -0.5, up: matrix(7, 2, seed: 1), down: matrix(2, 5, seed: 2))
  private static let full = matrix(7, 5, seed: 3)

  private static func agrees(_ ours: Matrix, _ theirs: Matrix) -> Bool {
    (ours.rows, ours.columns) == (theirs.rows, theirs.columns)
      && zip(ours.values, theirs.values).allSatisfy { abs($0 - $1) < 1e-6 }
  }

  @Test("the norm of a LoRA is the norm of its product")
  func norm() {
    let product = Layer.lowRank(Self.pair).multipliedOut
    let norm = Vector.length(product.values[...])
    #expect(norm > 0.1)
    #expect(abs(Layer.lowRank(Self.pair).norm - norm) < 1e-6)
    #expect(Layer.full(product).norm == norm)
    // Large entries that cancel in the product leave rounding, not the root of less than nothing.
    let factor = Matrix(rows: 1, columns: 2, values: [1000, -1000])
    let nothing = LowRank(
      scale: 1, up: factor, down: Matrix(rows: 2, columns: 1, values: [1000, 1000]))
    #expect(Layer.lowRank(nothing).norm == 0)
  }

  @Test("the centre is taken away from whole matrices, before the norm is taken")
  func centre() {
    let centre = Self.matrix(7, 5, seed: 4)
    var difference = Self.full
    for index in difference.values.indices { difference.values[index] -= centre.values[index] }
    let centred = InputPreparation(centre: centre, scale: 3)
    let (layer, scale) = centred.prepared(.full(Self.full))
    #expect(layer == .full(difference) && scale == 3)

    let normalised = InputPreparation(centre: centre, scale: 3, isNormalised: true)
    let applied = normalised.applied(.full(Self.full)).multipliedOut
    #expect(abs(Vector.length(applied.values[...]) - 3) < 1e-5)
    let length = Vector.length(difference.values[...])
    for index in difference.values.indices { difference.values[index] *= 3 / length }
    #expect(Self.agrees(applied, difference))
  }

  @Test("a LoRA is a change already: it has no centre, and stays in its factors")
  func lowRank() {
    let layer = Layer.lowRank(Self.pair)
    let preparation = InputPreparation(
      centre: Self.matrix(7, 5, seed: 4), scale: 2, isNormalised: true)
    let (prepared, scale) = preparation.prepared(layer)
    #expect(prepared == layer)
    #expect(abs(scale * layer.norm - 2) < 1e-6)
    guard case .lowRank(let applied) = preparation.applied(layer) else {
      Issue.record("it was multiplied out")
      return
    }
    #expect(applied.up == Self.pair.up && applied.down == Self.pair.down)
    #expect(abs(applied.scale - scale * Self.pair.scale) < 1e-6)
  }

  @Test("nothing to do changes no bit, and a layer of zeros stays one")
  func edges() {
    let nothing = InputPreparation()
    #expect(nothing.applied(.full(Self.full)) == .full(Self.full))
    #expect(nothing.prepared(.lowRank(Self.pair)).scale == 1)
    let zero = Matrix(rows: 7, columns: 5)
    let normalised = InputPreparation(isNormalised: true)
    #expect(normalised.applied(.full(zero)) == .full(zero))
  }

  @Test(
    "a network that answers sees what training saw",
    arguments: NetworkKind.allCases.filter { !$0.isClosedForm }, [0, 1])
  func sameAsTraining(_ kind: NetworkKind, _ input: Int) {
    let layer = input == 0 ? Layer.full(Self.full) : .lowRank(Self.pair)
    let preparation = InputPreparation(
      centre: Self.matrix(7, 5, seed: 4), scale: -2, isNormalised: true)
    let design: any NetworkDesign =
      switch kind {
      case .probeX:
        ProbeXDesign(rows: 7, columns: 5, probes: 4, projections: 4, dimension: 6)
      case .mvProbe:
        MVProbeDesign(rows: 7, columns: 5, probes: 4, projections: 4, dimension: 6)
      case .dense: DenseDesign(rows: 7, columns: 5)
      case .statNN:
        StatNNDesign(
          rows: 7, columns: 5, hidden: 32, dimension: 6, norm: StatisticsNorm(of: []))
      case .logGram, .direction: preconditionFailure("it is learnt in closed form")
      }
    var generator = RandomSource(seed: 5)
    let network = TrainableNetwork(
      design, .number, preparation: preparation, generator: &generator)
    let stack = LayerStack([.layer(layer)], preparation)
    let trained = design.forward(network.tensors, stack).representations
    #expect(Self.agrees(network.member.represent([layer]), trained))
    #expect(trained.values.contains { abs($0) > 1e-2 })
  }
}
