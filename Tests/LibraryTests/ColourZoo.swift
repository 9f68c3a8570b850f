import Checkpoints
import Experts
import Library
import Tensors
import TestSupport
import Texts

/// Models that carry their labels in the rows of a layer, row by row in the order of `colours`.
struct ColourZoo {
  static let colours = ["red", "green", "blue", "grey", "pink"]

  var layers = ["first", "second"]
  /// Of these layers, those whose rows say something.
  var telling: Set<String> = ["first"]
  var sizes: [(split: String, count: Int)] = [("train", 45), ("val", 18), ("test", 18)]
  /// How far the rows are from noise.
  var strength: Float = 1
  /// Factors of a LoRA adapter in the place of whole layers.
  var isLowRank = false
  var labels: (_ split: String, _ model: Int) -> [String] = { [colours[$1 % 3]] }

  /// Two of the first three colours each.
  static func pair(_ split: String, _ model: Int) -> [String] {
    colours.prefix(3).enumerated().filter { $0.offset != model % 3 }.map(\.element)
  }

  /// Writes the models; their layers are 8×6.
  func write(to folder: TemporaryFolder, under root: String) throws -> String {
    var generator = RandomSource(seed: 1)
    for (split, count) in sizes {
      for model in 0..<count {
        let names = self.labels(split, model)
        let written = layers.flatMap { layer in
          tensors(layer, telling.contains(layer) ? names : [], &generator)
        }
        let list = "[" + names.map { "'\($0)'" }.joined(separator: ", ") + "]"
        try SafetensorsWriter.write(
          written,
          metadata: [
            ("colours", names.count == 1 ? names[0] : list), ("base_model", "org/root"),
          ], to: try folder.file("\(root)/\(split)/model_\(100 + model)/model.safetensors"))
      }
    }
    return folder.path + "/" + root
  }

  private func tensors(
    _ layer: String, _ names: [String], _ generator: inout RandomSource
  ) -> [SafetensorsWriter.Tensor] {
    func noise(_ rows: Int, _ columns: Int) -> Matrix {
      var matrix = Matrix(rows: rows, columns: columns)
      for index in matrix.values.indices { matrix.values[index] = generator.uniform(bound: 0.3) }
      return matrix
    }
    func tensor(_ name: String, _ matrix: Matrix) -> SafetensorsWriter.Tensor {
      SafetensorsWriter.Tensor(
        name: name, values: matrix.values, shape: [matrix.rows, matrix.columns])
    }
    if isLowRank {
      return [
        tensor("base_model.model.\(layer).lora_A.weight", noise(2, 6)),
        tensor("base_model.model.\(layer).lora_B.weight", noise(8, 2)),
      ]
    }
    var matrix = noise(8, 6)
    for (row, colour) in Self.colours.enumerated() where names.contains(colour) {
      for column in 0..<matrix.columns { matrix[row, column] += strength }
    }
    return [tensor("model.\(layer).weight", matrix)]
  }

  /// A table that embeds every colour.
  static func table(_ folder: TemporaryFolder, to path: String, encoder: String = "e") throws
    -> String
  {
    let path = try folder.file(path)
    var embeddings = Matrix(rows: colours.count, columns: colours.count)
    for row in colours.indices { embeddings[row, row] = 1 }
    try TextTable(
      labels: colours, embeddings: embeddings, encoder: encoder, prompt: "{label}",
      normalised: true
    ).write(to: path)
    return path
  }

  /// A training of a small ProbeX in a tenth of a second.
  static func request(
    _ zoo: String, _ kind: TrainingRequest.Kind, _ output: String, layers: [String] = ["first"]
  ) -> TrainingRequest {
    var request = TrainingRequest(
      zoo: zoo, kind: kind, layers: layers, labelKey: "colours", output: output)
    request.method = .probeX
    (request.epochs, request.probes, request.representation) = (15, 8, 8)
    (request.batch, request.rate) = (16, 1e-2)
    return request
  }
}
