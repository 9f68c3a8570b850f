import Foundation
import Tensors
import TestSupport

/// What numpy, scipy and scikit-learn make of small closed-form problems (`Golden/closed.py`).
struct ClosedGolden: Decodable {
  /// A matrix as the file holds it.
  struct Packed: Decodable {
    let rows: Int
    let columns: Int
    let values: String

    func matrix() throws -> Matrix {
      Matrix(rows: rows, columns: columns, values: try Golden.floats(values))
    }
  }

  struct Eigen: Decodable {
    let name: String
    let matrix: Packed
    let values: Packed
  }

  struct LogGramCase: Decodable {
    let side: String
    let basis: Packed
    let floor: Float
    let scale: Float
    let layer: Packed?
    let up: Packed?
    let down: Packed?
    let features: Packed
  }

  struct RidgeCase: Decodable {
    struct Fit: Decodable {
      let strength: Double
      let weight: Packed
      let bias: Packed
      let heldOut: Packed
      let error: Double
    }
    let features: Packed
    let targets: Packed
    let fits: [Fit]
  }

  struct Axes: Decodable {
    let points: Packed
    let energies: Packed
    let axes: Packed
  }

  struct Projection: Decodable {
    let responses: Packed
    let labels: [Int]
    let chosen: [Int]
    let texts: Packed
    let floor: Double
    let penalty: Double
    let isAligned: Bool
    let whitened: Packed
    let prototypes: Packed
    let projected: Packed
  }

  struct Direction: Decodable {
    let isWhole: Bool
    let up: Packed
    let down: Packed
    let scale: Float
    let direction: Packed
    let responses: Packed
  }

  struct Platt: Decodable {
    let logits: Packed
    let answers: [Bool]
    let slope: Double
    let intercept: Double
  }

  struct Temperature: Decodable {
    let scores: Packed
    let targets: [Int]
    let temperature: Double
  }

  struct ExpectedError: Decodable {
    let confidences: Packed
    let right: [Bool]
    let error: Double
  }

  struct Agreement: Decodable {
    let said: Packed
    let real: Packed
    let tau: Double
    let determination: Double
  }

  let eigen: [Eigen]
  let logGram: [LogGramCase]
  let ridge: [RidgeCase]
  let axes: [Axes]
  let projection: [Projection]
  let direction: [Direction]
  let platt: [Platt]
  let temperature: [Temperature]
  let expectedError: ExpectedError
  let agreement: [Agreement]

  static func load() throws -> ClosedGolden {
    let url = URL(filePath: Repository.path("Tests/ExpertsTests/Golden/closed.json"))
    return try JSONDecoder().decode(ClosedGolden.self, from: try Data(contentsOf: url))
  }
}

extension Matrix {
  /// The greatest difference to another of the same shape; infinity for another shape or numbers
  /// that are none.
  func distance(to other: Matrix) -> Float {
    guard (rows, columns) == (other.rows, other.columns) else { return .infinity }
    return zip(values, other.values).reduce(0) { greatest, pair in
      let difference = abs(pair.0 - pair.1)
      return difference <= greatest ? greatest : difference.isNaN ? .infinity : difference
    }
  }
}
