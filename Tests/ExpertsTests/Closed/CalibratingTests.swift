import Experts
import Tensors
import Testing

/// Calibration and measures of agreement against scipy and scikit-learn, and by hand.
@Suite struct CalibratingTests {
  @Test("Platt's slope and intercept are those of a logistic regression on his targets")
  func platt() throws {
    for row in try ClosedGolden.load().platt {
      let ours = Calibrating.platt(try row.logits.matrix().values, row.answers)
      #expect(abs(Double(ours.slope) / row.slope - 1) < 1e-4)
      #expect(abs(Double(ours.intercept) - row.intercept) < 1e-4 * (1 + abs(row.intercept)))
    }
  }

  @Test("logits that say nothing, or the contrary, are left as they are")
  func noPlatt() {
    #expect(Calibrating.platt([1, 2, 3], [true, true, true]) == .none)
    #expect(Calibrating.platt([1, 2, 3], [false, false, false]) == .none)
    #expect(Calibrating.platt([], []) == .none)
    #expect(Calibrating.platt([-2, -1, 1, 2], [true, true, false, false]) == .none)
    #expect(Calibrating.platt([.nan, 1, 2], [true, false, true]) == .none)
    #expect(Calibrating.platt([.infinity, 1, 2], [true, false, true]) == .none)
    let alike = Calibrating.platt([5, 5, 5, 5], [true, false, true, false])
    #expect(abs(5 * alike.slope + alike.intercept) < 1e-4)
  }

  @Test("the temperature is where scipy finds the greatest likelihood")
  func temperature() throws {
    for row in try ClosedGolden.load().temperature {
      let ours = Calibrating.temperature(try row.scores.matrix(), row.targets)
      #expect(abs(Double(ours) / row.temperature - 1) < 1e-4)
    }
    #expect(Calibrating.temperature(Matrix(rows: 0, columns: 3), []) == 1)
    #expect(Calibrating.temperature(Matrix(rows: 2, columns: 1), [0, 0]) == 1)
  }

  @Test("answers that were all right are sure, and not certain", arguments: [3, 30])
  func separable(_ models: Int) {
    var scores = Matrix(rows: models, columns: 2)
    for model in 0..<models { scores[model, model % 2] = 0.1 }
    let temperature = Calibrating.temperature(scores, (0..<models).map { $0 % 2 })
    let sure = Vector.softmax([0.1, 0], temperature: temperature)[0]
    #expect(abs(sure - Float(models + 1) / Float(models + 2)) < 1e-4)
  }

  @Test("the expected calibration error is numpy's")
  func expectedError() throws {
    let golden = try ClosedGolden.load().expectedError
    let confidences = try golden.confidences.matrix().values
    #expect(abs(Calibrating.expectedError(confidences, golden.right) - golden.error) < 1e-6)
    #expect(Calibrating.expectedError([], []) == 0)
    #expect(abs(Calibrating.expectedError([0.75, 0.75], [true, false], bins: 4) - 0.25) < 1e-12)
  }

  /// Confidences, which were right, the rate to keep, and the border that must come out.
  static let borders: [([Float], [Bool], Double, Float?)] = [
    // Nine right answers and the one that is added: a tenth is wrong.
    (Array(repeating: 0.9, count: 9), Array(repeating: true, count: 9), 0.1, 0.9),
    (Array(repeating: 0.9, count: 8), Array(repeating: true, count: 8), 0.1, nil),
    // The wrong one is the least sure, and is left out.
    ([0.9, 0.8, 0.7, 0.6], [true, true, true, false], 0.25, 0.7),
    ([0.6, 0.7, 0.9, 0.8], [false, true, true, true], 0.25, 0.7),
    // A wrong one in between may be made up for by those after it.
    ([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3], [true, false, true, true, true, true, true], 0.25, 0.3),
    // Answers of one confidence are given or withheld together.
    ([0.9, 0.9, 0.9, 0.5, 0.5], [true, true, true, true, false], 0.25, 0.9),
    ([0.5, 0.5], [false, false], 0.9, nil),
    ([], [], 0.5, nil),
  ]

  @Test("the border below which nothing is said", arguments: borders.indices)
  func abstention(_ row: Int) {
    let (confidences, right, rate, border) = Self.borders[row]
    let found = Calibrating.abstention(confidences, right, errorRate: rate)
    #expect(found?.below == border)
    #expect(found.map { $0.errorRate == Float(rate) } ?? true)
  }

  @Test("rank correlation is scipy's, and R² scikit-learn's")
  func agreement() throws {
    for row in try ClosedGolden.load().agreement {
      let (said, real) = (try row.said.matrix(), try row.real.matrix().values)
      #expect(abs(KendallTau.b(said.values, real) - row.tau) < 1e-12)
      let outputs = Matrix(rows: real.count, columns: 1, values: said.values)
      let ours = Evaluator.accuracy(outputs, .numbers(real))
      #expect(abs(ours - row.determination) < 1e-5)
    }
    #expect(KendallTau.b([1, 1, 1], [1, 2, 3]) == 0 && KendallTau.b([], []) == 0)
    let alike = Matrix(rows: 2, columns: 1, values: [1, 2])
    #expect(Evaluator.accuracy(alike, .numbers([3, 3])) == 0)
  }
}
