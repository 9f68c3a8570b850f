import Checkpoints
import Experts
import Tensors
import Testing

/// Learning in closed form from too few models, from models that are all alike, from frozen layers
/// and from weights beyond all measure: a network of numbers, or an error that says why.
@Suite struct ClosedEdgeTests {
  private static func layers(_ count: Int, rank: Int = 0, seed: UInt64 = 40) -> [StoredLayer] {
    (0..<count).map { model in
      let seed = seed + 10 * UInt64(model)
      guard rank > 0 else { return StoredLayer(.full(MemberFixture.matrix(6, 5, seed: seed))) }
      return StoredLayer(
        .lowRank(
          LowRank(
            scale: 1, up: MemberFixture.matrix(6, rank, seed: seed),
            down: MemberFixture.matrix(rank, 5, seed: seed + 1))))
    }
  }

  private static func alike(_ count: Int, rank: Int) -> [StoredLayer] {
    [StoredLayer](repeating: layers(1, rank: rank)[0], count: count)
  }

  private static func isFinite(_ linear: Linear) -> Bool {
    (linear.weight.values + linear.bias).allSatisfy { $0.isFinite }
  }

  private static func error(_ call: () throws(TrainingError) -> Void) -> TrainingError? {
    do throws(TrainingError) {
      try call()
      return nil
    } catch {
      return error
    }
  }

  // MARK: - The logarithm of the Gram matrix

  @Test("two adapters suffice, or three whole layers", arguments: [(2, 2), (2, 3), (0, 3)])
  func fewest(_ rank: Int, _ models: Int) throws {
    let layers = Self.layers(models, rank: rank)
    for targets in [
      TrainingTargets.oneOf((0..<models).map { $0 }), .numbers((0..<models).map(Float.init)),
      .categories(Matrix(rows: models, columns: 1, values: [1, 0, 0].prefix(models).map { $0 })),
    ] {
      let outputs = if case .oneOf = targets { models } else { 1 }
      let fit = try LogGramFit(layers, targets: targets.matrix(outputs: outputs))
      let head = fit.head(for: targets)
      #expect(Self.isFinite(head) && Self.isFinite(fit.network.encoder))
      #expect(fit.heldOut.values.allSatisfy { $0.isFinite } && fit.error.isFinite)
      let member = ExpertMember(preparation: fit.preparation, network: fit.network, head: head)
      let answers = head.forward(member.represent(try layers.map { try $0.layer }))
      #expect(answers.values.allSatisfy { $0.isFinite })
    }
  }

  @Test("no models, one, and models that are all alike teach nothing", arguments: [0, 2])
  func nothing(_ rank: Int) {
    for (layers, says) in [
      ([], "is 0"), (Self.layers(1, rank: rank), "is 1"),
      (Self.alike(4, rank: rank), "all alike"),
      (
        [StoredLayer](repeating: StoredLayer(.full(Matrix(rows: 6, columns: 5))), count: 3), "alike"
      ),
    ] {
      let targets = Matrix(
        rows: layers.count, columns: 1, values: layers.indices.map { Float($0 % 2) })
      let error = Self.error { () throws(TrainingError) in
        _ = try LogGramFit(layers, targets: targets)
      }
      #expect(error?.kind == .unusableData && error?.problem.contains(says) == true)
    }
  }

  @Test("a model of zeros among others is one more model", arguments: [0, 2])
  func zeros(_ rank: Int) throws {
    var layers = Self.layers(6, rank: rank)
    layers[3] = StoredLayer(
      rank > 0
        ? .lowRank(
          LowRank(
            scale: 1, up: Matrix(rows: 6, columns: 2), down: MemberFixture.matrix(2, 5, seed: 1)))
        : .full(Matrix(rows: 6, columns: 5)))
    let targets = Matrix(rows: 6, columns: 1, values: [0, 1, 0, 1, 0, 1])
    var settings = LogGramFit.Settings()
    (settings.sizeWeights, settings.directions) = ([0, 1, 10], 3)
    let fit = try LogGramFit(layers, targets: targets, settings)
    #expect(Self.isFinite(fit.network.encoder) && fit.network.basis.columns == 3)
  }

  @Test("weights whose squares overflow are named", arguments: [0, 2])
  func overflow(_ rank: Int) throws {
    var layers = Self.layers(5, rank: rank)
    let huge = Matrix(rows: 6, columns: 5, values: .init(repeating: 2e38, count: 30))
    layers[2] = StoredLayer(
      rank > 0
        ? .lowRank(
          LowRank(
            scale: 2e38, up: MemberFixture.matrix(6, 2, seed: 1),
            down: MemberFixture.matrix(2, 5, seed: 2)))
        : .full(huge))
    let targets = Matrix(rows: 5, columns: 1, values: [0, 1, 0, 1, 0])
    for directions in [128, 2] {
      var settings = LogGramFit.Settings()
      settings.directions = directions
      let error = Self.error { () throws(TrainingError) in
        _ = try LogGramFit(layers, targets: targets, settings)
      }
      #expect(error?.kind == .unusableData)
      #expect(error?.problem.contains("model 3 of 5") == true, "\(String(describing: error))")
    }
  }

  @Test("a layer both of whose sides are too wide is refused")
  func wide() {
    let width = LogGramFit.widestSide + 1
    let pair = Layer.lowRank(
      LowRank(
        scale: 1, up: MemberFixture.matrix(width, 1, seed: 1),
        down: MemberFixture.matrix(1, width, seed: 2)))
    let error = Self.error { () throws(TrainingError) in
      _ = try LogGramFit(
        [StoredLayer(pair), StoredLayer(pair)],
        targets: Matrix(rows: 2, columns: 1, values: [0, 1]))
    }
    #expect(error?.problem.contains("\(width)×\(width)") == true)
  }

  @Test("a cancelled fit stops", arguments: [0, 7, 17])
  func cancelled(_ after: Int) {
    var asked = 0
    let error = Self.error { () throws(TrainingError) in
      _ = try LogGramFit(
        Self.layers(6), targets: Matrix(rows: 6, columns: 1, values: [0, 1, 0, 1, 0, 1]),
        isCancelled: {
          asked += 1
          return asked > after
        })
    }
    #expect(error?.kind == .cancelled && asked == after + 1)
  }

  // MARK: - The main direction

  private static func fit(
    _ candidates: [[StoredLayer]], labels: [Int], validation: Int, texts: Matrix
  ) throws(TrainingError) -> DirectionFit {
    var generator = RandomSource(seed: 3)
    return try DirectionFit(
      candidates.map { .init(training: $0, validation: Array($0.prefix(validation))) },
      .init(training: labels, validation: Array(labels.prefix(validation)), texts: texts),
      generator: &generator)
  }

  @Test(
    "one model for each label, and one validation model", arguments: [0, 2], [2, 7, 8, 12])
  func oneEach(_ rank: Int, _ labels: Int) throws {
    let layers = Self.layers(labels, rank: rank)
    for columns in [6, 9] {
      let fit = try Self.fit(
        [layers, Self.layers(labels, rank: rank, seed: 900)], labels: Array(0..<labels),
        validation: 1, texts: MemberFixture.matrix(labels, columns, seed: 5))
      #expect((fit.zeroShot != nil) == (labels >= 8))
      #expect((0...1).contains(fit.seen) && (0...1).contains(fit.zeroShot ?? 0))
      for member in fit.members {
        #expect(Self.isFinite(member.network.whitening) && Self.isFinite(member.head))
        #expect(abs(Vector.length(member.network.direction.values[...]) - 1) < 1e-5)
      }
    }
  }

  @Test("models or texts that are all alike are refused", arguments: [0, 2], [4, 12])
  func alikeDirections(_ rank: Int, _ models: Int) {
    let labels = Array(0..<models)
    let texts = MemberFixture.matrix(models, 9, seed: 5)
    let models = Self.error { () throws(TrainingError) in
      _ = try Self.fit(
        [Self.alike(labels.count, rank: rank)], labels: labels, validation: 2, texts: texts)
    }
    #expect(models?.problem.contains("tells them apart") == true)
    let same = Matrix(
      rows: labels.count, columns: 2, values: labels.flatMap { _ in [0.1, 0.7] as [Float] })
    let words = Self.error { () throws(TrainingError) in
      _ = try Self.fit(
        [Self.layers(labels.count, rank: rank)], labels: labels, validation: 2, texts: same)
    }
    #expect(words?.problem.contains("one embedding") == true)
  }

  @Test("inputs that add up to zero have a main direction like any other")
  func centredInputs() throws {
    // After a normalisation every input, and so every row of a change, adds up to zero.
    let layers = try Self.layers(6).map { (stored: StoredLayer) -> StoredLayer in
      guard case .full(var matrix) = try stored.layer else { preconditionFailure("whole") }
      for row in 0..<matrix.rows {
        let mean = matrix.row(row).reduce(0, +) / Float(matrix.columns)
        for column in 0..<matrix.columns { matrix[row, column] -= mean }
      }
      return StoredLayer(.full(matrix))
    }
    let fit = try Self.fit(
      [layers], labels: [0, 1, 2, 0, 1, 2], validation: 3,
      texts: MemberFixture.matrix(3, 4, seed: 5))
    let direction = try #require(fit.members.first).network.direction.values
    #expect(abs(direction.reduce(0, +)) < 1e-3)
  }

  @Test("a change is read beside a root a hundred times as large")
  func largeRoot() throws {
    let root = MemberFixture.matrix(6, 5, seed: 1)
    let (codes, direction) = (
      MemberFixture.matrix(4, 6, seed: 2), MemberFixture.matrix(1, 5, seed: 3)
    )
    let labels = (0..<24).map { $0 % 4 }
    let layers = labels.enumerated().map { (model: Int, label: Int) -> StoredLayer in
      var matrix = MemberFixture.matrix(6, 5, seed: 500 + UInt64(model))
      for row in 0..<6 {
        for column in 0..<5 {
          let change = codes[label, row] * direction[0, column] + 0.3 * matrix[row, column]
          matrix[row, column] = root[row, column] + 0.01 * change
        }
      }
      return StoredLayer(.full(matrix))
    }
    let fit = try Self.fit(
      [layers], labels: labels, validation: 24, texts: MemberFixture.matrix(4, 7, seed: 5))
    #expect(fit.seen > 0.9)
  }

  @Test("without labels to hold out the layer is chosen by the validation models")
  func informative() throws {
    // Label k of three sends the shared direction to output k; the other layers are noise.
    let labels = (0..<24).map { $0 % 3 }
    let telling = labels.enumerated().map { (model: Int, label: Int) -> StoredLayer in
      var matrix = MemberFixture.matrix(6, 5, seed: 500 + UInt64(model))
      for index in matrix.values.indices { matrix.values[index] *= 0.1 }
      for column in 0..<5 { matrix[label, column] += 1 }
      return StoredLayer(.full(matrix))
    }
    for place in 0..<3 {
      var candidates = (0..<3).map { Self.layers(24, seed: 2000 + 1000 * UInt64($0)) }
      candidates[place] = telling
      let fit = try Self.fit(
        candidates, labels: labels, validation: 12, texts: MemberFixture.matrix(3, 4, seed: 5))
      #expect(fit.members.map(\.candidate) == [place] && fit.seen == 1)
    }
  }

  @Test("weights that overflow are named for texts too", arguments: [false, true])
  func overflowingDirection(_ inValidation: Bool) {
    var layers = Self.layers(6)
    layers[1] = StoredLayer(
      .full(Matrix(rows: 6, columns: 5, values: .init(repeating: 3e38, count: 30))))
    var generator = RandomSource(seed: 3)
    let error = Self.error { () throws(TrainingError) in
      _ = try DirectionFit(
        [
          .init(
            training: inValidation ? Self.layers(6) : layers, validation: layers)
        ],
        .init(
          training: [0, 1, 2, 0, 1, 2], validation: [0, 1, 2, 0, 1, 2],
          texts: MemberFixture.matrix(3, 4, seed: 5)), generator: &generator)
    }
    #expect(error?.problem.contains("model 2 of 6") == true, "\(String(describing: error))")
  }
}
