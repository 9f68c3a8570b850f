import Checkpoints
import Experts
import Tensors
import Testing

/// Closed forms against numpy, scipy and scikit-learn. Their numbers are made in double precision;
/// the tolerances are what products in single precision lose.
@Suite struct ClosedFormTests {
  @Test("eigenvalues of symmetric matrices, in both precisions")
  func eigen() throws {
    for row in try ClosedGolden.load().eigen {
      let matrix = try row.matrix.matrix()
      let expected = try row.values.matrix().values
      let (values, vectors) = try #require(LAPACK.eigen(matrix))
      let double = try #require(LAPACK.eigen(matrix.values.map(Double.init), size: matrix.rows))
      for (place, value) in expected.enumerated() {
        #expect(abs(values[place] - value) < 1e-5, "\(row.name)")
        #expect(abs(Float(double.values[place]) - value) < 1e-6, "\(row.name)")
      }
      for vectors in [
        vectors,
        Matrix(rows: matrix.rows, columns: matrix.rows, values: double.vectors.map(Float.init)),
      ] {
        // V·M = w·V with rows of length 1 at right angles, whatever their signs.
        let turned = BLAS.product(.asStored(vectors), .asStored(matrix))
        var scaled = vectors
        for place in expected.indices {
          for column in expected.indices { scaled[place, column] *= expected[place] }
        }
        #expect(turned.distance(to: scaled) < 1e-5, "\(row.name)")
        let products = BLAS.product(.asStored(vectors), .transposed(vectors))
        var identity = Matrix(rows: matrix.rows, columns: matrix.rows)
        for place in expected.indices { identity[place, place] = 1 }
        #expect(products.distance(to: identity) < 1e-5, "\(row.name)")
      }
    }
  }

  @Test("a matrix that is not finite has no eigenvalues, and an empty one none", arguments: 1...5)
  func notFinite(_ size: Int) {
    for value in [Float.nan, .infinity, -.infinity] {
      var matrix = Matrix(rows: size, columns: size)
      matrix[size - 1, size - 1] = value
      #expect(LAPACK.eigen(matrix) == nil)
      #expect(LAPACK.eigen(matrix.values.map(Double.init), size: size) == nil)
    }
    #expect(LAPACK.eigen(Matrix(rows: 0, columns: 0))?.values == [])
    #expect(LAPACK.eigen([], size: 0)?.values == [])
  }

  @Test("features of a layer are scipy's logarithm of its Gram matrix")
  func logGram() throws {
    let rows = try ClosedGolden.load().logGram
    #expect(rows.count == 8)
    for row in rows {
      let basis = try row.basis.matrix()
      let layer: Layer
      if let whole = row.layer {
        layer = .full(try whole.matrix())
      } else {
        layer = .lowRank(
          LowRank(
            scale: 0.75, up: try #require(row.up).matrix(), down: try #require(row.down).matrix()))
      }
      let count = LogGram.featureCount(basis.columns)
      let network = LogGram(
        rows: 6, columns: 5, side: try #require(LogGram.Side(rawValue: row.side)), basis: basis,
        floor: row.floor,
        encoder: try Linear(
          weight: Matrix(rows: 1, columns: count), bias: [0], subject: "test", name: "encoder"))
      var features = [Float](repeating: .nan, count: 2 * count)
      network.project(layer, scale: row.scale, into: &features, row: 1)
      let ours = Matrix(rows: 1, columns: count, values: Array(features[count...]))
      let expected = try row.features.matrix()
      #expect(ours.distance(to: expected) < 2e-5, "\(row.side)")
      #expect(features[..<count].allSatisfy { $0.isNaN }, "the other row stays as it was")
    }
  }

  @Test("ridge regression, and what it says about a model left out, as by refits")
  func ridge() throws {
    for row in try ClosedGolden.load().ridge {
      let (features, targets) = (try row.features.matrix(), try row.targets.matrix())
      for fit in row.fits {
        let ours = try #require(
          Ridge(features: features, targets: targets, strengths: [fit.strength]))
        let models = features.rows
        let name = "\(models)×\(features.columns), \(fit.strength)"
        let bias = Matrix(rows: 1, columns: 2, values: ours.bias)
        for (found, wanted, tolerance) in [
          (ours.weight, try fit.weight.matrix(), 1e-3), (bias, try fit.bias.matrix(), 2e-3),
          (ours.heldOut, try fit.heldOut.matrix(), 1e-3),
        ] {
          // With the smallest penalty two points are all but met, and what is left is rounding.
          let allowed = models == 2 ? 4 * tolerance : tolerance
          #expect(found.distance(to: wanted) < Float(allowed), "\(name)")
        }
        #expect(abs(ours.error - fit.error) < 1e-3, "\(name)")
      }
      let best = try #require(row.fits.map(\.error).min())
      let chosen = try #require(Ridge(features: features, targets: targets))
      #expect(abs(chosen.error - best) < 1e-3)
      #expect(
        row.fits.contains { $0.strength == chosen.strength && $0.error < best + 1e-3 })
    }
  }

  @Test("features that are alike or no numbers teach nothing")
  func noRidge() {
    let alike = Matrix(rows: 3, columns: 2, values: [1, 2, 1, 2, 1, 2])
    let targets = Matrix(rows: 3, columns: 1, values: [1, 2, 3])
    #expect(Ridge(features: alike, targets: targets) == nil)
    var broken = alike
    for value in [Float.nan, .infinity, 3e38] {
      broken[1, 1] = value
      #expect(Ridge(features: broken, targets: targets) == nil)
    }
    let one = Matrix(rows: 1, columns: 2, values: [1, 2])
    #expect(Ridge(features: one, targets: Matrix(rows: 1, columns: 1)) == nil)
  }

  @Test("principal axes are scikit-learn's, but for their signs")
  func axes() throws {
    for row in try ClosedGolden.load().axes {
      let points = try row.points.matrix()
      var centred = points
      for column in 0..<points.columns {
        let mean = (0..<points.rows).reduce(0) { $0 + points[$1, column] } / Float(points.rows)
        for place in 0..<points.rows { centred[place, column] -= mean }
      }
      let ours = try #require(PrincipalAxes(centred))
      let expected = try row.axes.matrix()
      #expect(ours.energies.count == row.energies.columns)
      for (energy, wanted) in zip(ours.energies, try row.energies.matrix().values) {
        #expect(abs(Float(energy) - wanted) < 1e-4 * (1 + wanted))
      }
      let cosines = BLAS.product(.asStored(ours.axes), .transposed(expected))
      for place in 0..<cosines.rows {
        for other in 0..<cosines.columns {
          #expect(abs(abs(cosines[place, other]) - (place == other ? 1 : 0)) < 1e-3)
        }
      }
    }
    #expect(PrincipalAxes(Matrix(rows: 3, columns: 2))?.energies == [])
    #expect(PrincipalAxes(Matrix(rows: 1, columns: 1, values: [.nan])) == nil)
  }

  @Test("whitening and the projection of texts, as numpy has the formula")
  func projection() throws {
    for row in try ClosedGolden.load().projection {
      let (responses, texts) = (try row.responses.matrix(), try row.texts.matrix())
      let space = try #require(
        WhitenedSpace(responses, row.labels, row.chosen, floor: row.floor))
      let (whitened, prototypes) = (try row.whitened.matrix(), try row.prototypes.matrix())
      #expect(space.whitening.forward(responses).distance(to: whitened) < 1e-4)
      #expect(space.prototypes.distance(to: prototypes) < 1e-4)
      let projection = try #require(
        TextProjection(
          space, texts, row.chosen, penalty: row.penalty, isAligned: row.isAligned))
      let projected = try row.projected.matrix()
      #expect(projection.head.forward(texts).distance(to: projected) < 1e-4)
    }
  }

  @Test("the main direction is numpy's, for LoRA changes as for whole layers", arguments: [0, 1])
  func direction(_ place: Int) throws {
    let golden = try ClosedGolden.load().direction[place]
    let (up, down) = (try golden.up.matrix(), try golden.down.matrix())
    let layers = (0..<9).map { model in
      let pair = LowRank(
        scale: golden.scale, up: up.selectingRows(Array(model * 6..<(model + 1) * 6)),
        down: down.selectingRows([2 * model, 2 * model + 1]))
      return golden.isWhole ? Layer.full(Layer.lowRank(pair).multipliedOut) : .lowRank(pair)
    }
    let (stored, labels) = (layers.map { StoredLayer($0) }, (0..<9).map { $0 % 3 })
    var generator = RandomSource(seed: 1)
    let fit = try DirectionFit(
      [.init(training: stored, validation: stored)],
      .init(
        training: labels, validation: labels,
        texts: Matrix(rows: 3, columns: 3, values: [1, 0, 0, 0, 1, 0, 0, 0, 1])),
      generator: &generator)
    let found = try #require(fit.members.first)
    let expected = try golden.direction.matrix()
    let cosine = zip(found.network.direction.values, expected.values).reduce(0) {
      $0 + $1.0 * $1.1
    }
    #expect(abs(abs(cosine) - 1) < 1e-4)
    #expect((found.preparation.centre != nil) == golden.isWhole && fit.zeroShot == nil)
    var responses = try golden.responses.matrix()
    if cosine < 0 { responses.values = responses.values.map { -$0 } }
    for (model, layer) in layers.enumerated() {
      var ours = [Float](repeating: 0, count: 6)
      let prepared = found.preparation.prepared(layer).layer
      found.network.project(prepared, scale: 3, into: &ours, row: 0)
      let wanted = responses.selectingRows([model])
      #expect(Matrix(rows: 1, columns: 6, values: ours).distance(to: wanted) < 1e-2)
    }
  }
}
