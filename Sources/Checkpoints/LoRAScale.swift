/// Where the scale of an adapter's LoRA pairs comes from.
enum LoRAScale {
  /// `adapter_config.json`.
  case configuration(AdapterConfig)
  /// The header's own metadata, which gives one alpha for all modules.
  case header(alpha: Double)
  /// Nothing gives an alpha: the factors are taken to hold it already.
  case none
  /// A statement that we know is there but cannot read; every pair is refused with this error.
  case refused(CheckpointError)

  /// - Throws: `.malformed`, `.unsupported`; the module cannot be read.
  func facts(of module: String, rank: Int) throws(CheckpointError) -> LowRankFacts {
    switch self {
    case .configuration(let config):
      if let refusal = config.refusal { throw refusal }
      let (alpha, scale) = try config.scale(of: module, rank: rank)
      return LowRankFacts(
        rank: rank, alpha: alpha, scale: scale, transposed: config.fanInFanOut)
    case .header(let alpha):
      return LowRankFacts(
        rank: rank, alpha: Float(alpha), scale: Float(alpha / Double(rank)), transposed: false)
    case .none: return LowRankFacts(rank: rank, alpha: nil, scale: 1, transposed: false)
    case .refused(let error): throw error
    }
  }
}
