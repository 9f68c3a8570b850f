package import JSON

/// `probex/inspect`: what a checkpoint is, without asking any expert.
package enum InspectMessage: RequestMessage {
  package static let method = "probex/inspect"
  package static let order = MethodOrder.concurrent
  package static let parameters: [ParameterName] = [.required("checkpoint")]

  /// What to look at.
  package struct Params: Codable, Sendable {
    /// A path, a `file:` URI, or a Hub id `org/name[@revision]` in the local cache.
    package var checkpoint: String

    package init(checkpoint: String) { self.checkpoint = checkpoint }
  }

  /// What the headers and the files beside them say; no weight is read.
  package struct Result: Encodable, Sendable {
    /// A file that weights are read from.
    package struct File: Encodable, Sendable {
      /// Where it is.
      package var path: String
      /// Its size in bytes.
      package var bytes: Int

      package init(path: String, bytes: Int) {
        self.path = path
        self.bytes = bytes
      }
    }

    /// A stored tensor.
    package struct Tensor: Encodable, Sendable {
      /// As the file writes it.
      package var name: String
      /// As safetensors names it: `F32`, `BF16`, …
      package var type: String
      /// The outermost dimension first; empty for a scalar.
      package var shape: [Int]

      package init(name: String, type: String, shape: [Int]) {
        self.name = name
        self.type = type
        self.shape = shape
      }
    }

    /// Of a layer that is `scale` · B · A.
    package struct LoRA: Encodable, Sendable {
      /// Columns of B, rows of A.
      package var rank: Int
      /// As declared; `nil`, on the wire null, where nothing declares it.
      package var alpha: Double?
      /// What B · A is multiplied with; 1 where no alpha is declared.
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

    /// A weight matrix that an expert could read.
    package struct Layer: Encodable, Sendable {
      /// Canonical: without wrapper prefixes and without `.weight`.
      package var name: String
      /// d_H.
      package var rows: Int
      /// d_W.
      package var columns: Int
      /// As safetensors names it; of a LoRA change the type of A.
      package var type: String
      /// `nil`, on the wire null, for a whole matrix.
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

    /// A model that the checkpoint says it was fine-tuned from.
    package struct Base: Encodable, Sendable {
      /// A Hub id, or a path on the machine of whoever made the checkpoint.
      package var model: String
      /// Where the checkpoint says so, such as `adapter_config.json`.
      package var source: String

      package init(model: String, source: String) {
        self.model = model
        self.source = source
      }
    }

    /// The checkpoint as it was asked about.
    package var checkpoint: String
    /// The file or folder that the name led to.
    package var path: String
    /// `safetensors`, `sharded` or `adapter`.
    package var format: String
    /// The weight files; shards in the order of their names.
    package var files: [File]
    /// Numbers in all tensors.
    package var parameters: Int
    /// File by file, in the order of their bytes.
    package var tensors: [Tensor]
    /// Every weight matrix that an expert could read.
    package var layers: [Layer]
    /// Each once, the most trusted source first; empty when nothing is declared.
    package var declaredBases: [Base]
    /// Header metadata, strings by name; of a sharded checkpoint the first file's.
    package var metadata: JSONValue
    /// What the reader had to assume, whole sentences; mostly empty.
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
