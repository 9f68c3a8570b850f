import Checkpoints
import Foundation
import Library
import Tensors
import TestSupport
import Texts

/// A small zoo whose models have three layers, of which the second tells what they were trained
/// on: 48 training models, 15 each for validation and test.
struct ClosedZoo {
  static let names = ["red", "green", "blue"]
  static let layers = ["first", "second", "third"]
  static let telling = layers[1]

  let folder: TemporaryFolder
  let output: String

  /// - Parameters:
  ///   - isDirected: whether a class shows in where one direction is sent, as `DirectionReader`
  ///     reads it, or in which inputs are used, as `LogGram` does.
  ///   - labels: the header entry `label` of a model.
  ///   - classes: model m is of class m modulo this; without it of one in fifteen, which any number
  ///     of labels may share.
  ///   - testLabel: that of test models, where it is another.
  ///   - held: a label of a held-out split.
  ///   - isFirstFrozen: whether the first layer is the same in all models.
  ///   - isHuge: whether one validation model's weights are beyond all measure.
  init(
    isDirected: Bool = false, labels: (Int) -> String, classes: Int = 15,
    testLabel: ((Int) -> String)? = nil, held: String? = nil, isFirstFrozen: Bool = false,
    isHuge: Bool = false, hasValidation: Bool = true
  ) throws {
    folder = try TemporaryFolder()
    output = try folder.file("library/experts/mine.safetensors")
    var generator = RandomSource(seed: 1)
    let root = (0..<3).map { _ in Self.noise(1, &generator) }
    let codes = (0..<classes).map { _ in Self.noise(1, &generator) }
    var splits = [("train", 48), ("val", 15), ("test", 15)]
    if !hasValidation { splits.remove(at: 1) }
    if held != nil { splits.append(("val_holdout", 2)) }
    for (split, count) in splits {
      for model in 0..<count {
        var layers = root
        for place in layers.indices where place > 0 || !isFirstFrozen {
          layers[place] = layers[place].adding(Self.noise(0.02, &generator))
        }
        layers[1] = layers[1].adding(
          Self.change(codes[model % classes], model % classes, isDirected, &generator))
        if isHuge, split == "val", model == 2 {
          layers[1].values = layers[1].values.map { $0 < 0 ? -3e38 : 3e38 }
        }
        var label = labels(model)
        if split == "test", let testLabel { label = testLabel(model) }
        if split == "val_holdout", let held { label = held }
        try SafetensorsWriter.write(
          zip(Self.layers, layers).map {
            SafetensorsWriter.Tensor(
              name: "model.\($0).weight", values: $1.values, shape: [$1.rows, $1.columns])
          }, metadata: [("label", label), ("base_model", "org/root")],
          to: try folder.file("zoo/\(split)/model_idx_\(model)/model.safetensors"))
      }
    }
  }

  private static func noise(_ bound: Float, _ generator: inout RandomSource) -> Matrix {
    Matrix(
      rows: 8, columns: 6, values: (0..<48).map { _ in generator.uniform(bound: bound) })
  }

  /// What a model of a class adds to the layer that tells.
  private static func change(
    _ code: Matrix, _ place: Int, _ isDirected: Bool, _ generator: inout RandomSource
  ) -> Matrix {
    var result = noise(0.01, &generator)
    for row in 0..<8 {
      if isDirected {
        for column in 0..<6 { result[row, column] += 0.5 * code[row, 0] }
        continue
      }
      // Signs are the model's own, as after a classifier that starts anew.
      let sign: Float = generator.uniform(bound: 1) > 0 ? 0.5 : -0.5
      result[row, place % 3] += sign
      result[row, 3 + place % 2] += sign * Float(place % 5) / 4
    }
    return result
  }

  /// The table of the labels `l0`, `l1`, … or of the given ones: the classes' codes, as a text
  /// encoder would tell them, and a little else in each prompt.
  func table(
    _ count: Int, prompt: Int, encoder: String = "e", isNormalised: Bool = false,
    labels: [String]? = nil
  ) throws -> String {
    var generator = RandomSource(seed: 1)
    _ = (0..<3).map { _ in Self.noise(1, &generator) }
    let codes = (0..<count).map { _ in Self.noise(1, &generator) }
    var own = RandomSource(seed: 100 + UInt64(prompt))
    let rows = codes.flatMap { code in
      (0..<8).map { code[$0, 0] + own.uniform(bound: 0.1) }
    }
    let embeddings = Matrix(rows: count, columns: 8, values: rows)
    let path = try folder.file("library/texts/prompt-\(prompt).safetensors")
    try TextTable(
      labels: labels ?? (0..<count).map { "l\($0)" },
      embeddings: isNormalised ? embeddings.normalizingRows() : embeddings, encoder: encoder,
      prompt: "{label} \(prompt)", normalised: isNormalised
    ).write(to: path)
    return path
  }

  func path(_ split: String, _ model: Int) -> String {
    folder.path + "/zoo/\(split)/model_idx_\(model)"
  }

  /// A request with the default method, for no layer in particular.
  func train(
    _ kind: TrainingRequest.Kind, _ change: (inout TrainingRequest) -> Void = { _ in }
  ) throws(LibraryError) -> TrainingReport {
    var request = TrainingRequest(
      zoo: folder.path + "/zoo", kind: kind, layers: [], labelKey: "label", output: output)
    change(&request)
    return try ExpertTraining.run(request, options: ExampleLibrary.options)
  }

  /// Why a request is refused; `nil` when it is not.
  func refusal(
    _ kind: TrainingRequest.Kind, _ change: (inout TrainingRequest) -> Void
  ) -> LibraryError? {
    do throws(LibraryError) {
      _ = try train(kind, change)
      return nil
    } catch {
      return error
    }
  }

  /// What is served from the folder that the expert was written to.
  func library() -> LibrarySnapshot {
    if !FileManager.default.fileExists(atPath: folder.path + "/library/texts") {
      try? FileManager.default.createDirectory(
        atPath: folder.path + "/library/texts", withIntermediateDirectories: true)
    }
    return LibraryLoader.load(folder.path + "/library", options: ExampleLibrary.options)
  }
}
