package import JSON

/// `probex/inspect`: what a checkpoint is, without asking any expert.
package enum InspectMessage: RequestMessage {
  package static let method = "probex/inspect"
  package static let order = MethodOrder.concurrent
  package static let parameters: [ParameterName] = [.required("checkpoint")]

  package struct Params: Codable, Sendable {
    package var checkpoint: String

    package init(checkpoint: String) { self.checkpoint = checkpoint }
  }

  package struct Result: Encodable, Sendable {
    package struct File: Encodable, Sendable {
      package var path: String
      package var bytes: Int

      package init(path: String, bytes: Int) {
        self.path = path
        self.bytes = bytes
      }
    }

    package struct Tensor: Encodable, Sendable {
      package var name: String
      package var type: String
      package var shape: [Int]

      package init(name: String, type: String, shape: [Int]) {
        self.name = name
        self.type = type
        self.shape = shape
      }
    }

    package struct LoRA: Encodable, Sendable {
      package var rank: Int
      package var alpha: Double?
      package var scale: Double

      package init(rank: Int, alpha: Double?, scale: Double) {
        self.rank = rank
        self.alpha = alpha
        self.scale = scale
      }

      private enum Key: String, CodingKey { case rank, alpha, scale }

      package func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Key.self)
        try members.encode(rank, forKey: .rank)
        try members.encode(alpha, forKey: .alpha)
        try members.encode(scale, forKey: .scale)
      }
    }

    package struct Layer: Encodable, Sendable {
      package var name: String
      package var rows: Int
      package var columns: Int
      package var type: String
      package var lora: LoRA?

      package init(name: String, rows: Int, columns: Int, type: String, lora: LoRA?) {
        self.name = name
        self.rows = rows
        self.columns = columns
        self.type = type
        self.lora = lora
      }

      private enum Key: String, CodingKey { case name, rows, columns, type, lora }

      package func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Key.self)
        try members.encode(name, forKey: .name)
        try members.encode(rows, forKey: .rows)
        try members.encode(columns, forKey: .columns)
        try members.encode(type, forKey: .type)
        try members.encode(lora, forKey: .lora)
      }
    }

    package struct Base: Encodable, Sendable {
      package var model: String
      package var source: String

      package init(model: String, source: String) {
        self.model = model
        self.source = source
      }
    }

    package var checkpoint: String
    package var path: String
    package var format: String
    package var files: [File]
    package var parameters: Int
    package var tensors: [Tensor]
    package var layers: [Layer]
    package var declaredBases: [Base]
    /// Header metadata, strings by name.
    package var metadata: JSONValue
    package var notes: [String]

    package init(
      checkpoint: String, path: String, format: String, files: [File], parameters: Int,
      tensors: [Tensor], layers: [Layer], declaredBases: [Base], metadata: JSONValue,
      notes: [String]
    ) {
      self.checkpoint = checkpoint
      self.path = path
      self.format = format
      self.files = files
      self.parameters = parameters
      self.tensors = tensors
      self.layers = layers
      self.declaredBases = declaredBases
      self.metadata = metadata
      self.notes = notes
    }
  }
}
