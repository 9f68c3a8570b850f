import Foundation
import TestSupport

/// What the published PyTorch code answers for the bundled checkpoints (`Golden/make.py`).
struct Golden: Decodable {
  struct Text: Decodable {
    let checkpoint: String
    let labels: [String]
    let cosines: String
    let representation: String
  }

  struct Categories: Decodable {
    let checkpoint: String
    let logits: String
  }

  let text: [Text]
  let categories: [Categories]

  private enum CodingKeys: String, CodingKey {
    case text = "lora-topics"
    case categories = "vit-sup-a"
  }

  static func load() throws -> Golden {
    let url = URL(filePath: Repository.path("Tests/ExpertsTests/Golden/answers.json"))
    return try JSONDecoder().decode(Golden.self, from: try Data(contentsOf: url))
  }

  /// Little-endian float32 out of base64, by Foundation.
  static func floats(_ base64: String) throws -> [Float] {
    guard let data = Data(base64Encoded: base64) else { throw CocoaError(.coderInvalidValue) }
    return stride(from: 0, to: data.count, by: 4).map { start in
      let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(data[start + $1]) << (8 * $1) }
      return Float(bitPattern: bits)
    }
  }
}
