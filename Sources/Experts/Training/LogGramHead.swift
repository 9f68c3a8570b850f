package import Tensors

extension LogGramFit {
  /// The head that makes answers of the regression's outputs: logits of yes/no questions by Platt
  /// scaling, logits of a choice by a temperature, both from predictions about models that were
  /// left out, and numbers as they are. Principal components answer nothing.
  package func head(for targets: TrainingTargets) -> Linear {
    let outputs = heldOut.columns
    var (slope, intercept): (Float, Float) = (1, 0)
    switch targets {
    case .categories(let wanted):
      let platt = Calibrating.platt(heldOut.values, wanted.values.map { $0 > 0.5 })
      // Where nothing was learnt, the regression's 0.5 is the least wrong border.
      (slope, intercept) = platt == .none ? (4, -2) : (platt.slope, platt.intercept)
    case .oneOf(let places): slope = 1 / Calibrating.temperature(heldOut, places)
    case .numbers: break
    }
    var weight = Matrix(rows: outputs, columns: network.dimension)
    for place in 0..<outputs { weight[place, place] = slope }
    return Linear(weight: weight, bias: [Float](repeating: intercept, count: outputs))
  }
}

extension TrainingTargets {
  /// As numbers that a regression can learn, `n × outputs`: yes is 1, the right one of a choice is
  /// 1.
  package func matrix(outputs: Int) -> Matrix {
    switch self {
    case .categories(let wanted): return wanted
    case .numbers(let numbers): return Matrix(rows: numbers.count, columns: 1, values: numbers)
    case .oneOf(let places):
      var result = Matrix(rows: places.count, columns: outputs)
      for (row, place) in places.enumerated() { result[row, place] = 1 }
      return result
    }
  }

  /// The right candidate of each model; empty where there is no one right candidate.
  package var places: [Int] {
    if case .oneOf(let places) = self { places } else { [] }
  }
}
