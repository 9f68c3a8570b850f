/// What a tensor is for, as its name says.
enum TensorRole: Hashable {
  /// A weight of the model itself.
  case plain
  /// One factor of a LoRA pair of that module.
  case factor(module: String, side: Side)
  /// A part of an adapter of a dialect that we know only by name.
  case foreign(module: String, dialect: String)

  enum Side: Hashable {
    /// A, `r × d_W`; also called down.
    case down
    /// B, `d_H × r`; also called up.
    case up
  }

  init(_ tensorName: String) {
    self = Self.mentionsAdapter(tensorName) ? Self.adapterRole(tensorName) : .plain
  }

  /// Whether the name has one of the four-letter words that all adapter dialects use. A cheap test,
  /// because most tensors of most checkpoints are plain.
  private static func mentionsAdapter(_ name: some StringProtocol) -> Bool {
    var window: UInt32 = 0
    for byte in name.utf8 {
      window = window << 8 | UInt32(byte)
      switch window {
      case 0x6C6F_7261, 0x646F_7261, 0x6861_6461, 0x6C6F_6B72: return true  // lora dora hada lokr
      default: continue
      }
    }
    return false
  }

  private static func adapterRole(_ name: String) -> TensorRole {
    // By bytes: splitting by `Character` looks for grapheme clusters, which costs ten times more.
    let parts = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      .map { Substring($0) }
    if let first = parts.first,
      ["lora_unet_", "lora_te_", "lora_te1_", "lora_te2_", "lora_te3_"]
        .contains(where: first.hasPrefix)
    {
      return .foreign(
        module: String(first), dialect: "kohya LoRA, whose module names are mangled (lora_unet_…)")
    }
    for (place, part) in parts.enumerated() where place > 0 && mentionsAdapter(part) {
      let rest = parts[(place + 1)...]
      // The module is everything before the dot before this segment; it is only cut out for the
      // one segment that needs it.
      let role = role(
        of: part, rest: rest, module: String(name[..<name.utf8.index(before: part.startIndex)]))
      if let role { return role }
    }
    return .plain
  }

  /// What the segment `part` after `module` and before `rest` makes of the tensor, if anything.
  private static func role(
    of part: Substring, rest: ArraySlice<Substring>, module: @autoclosure () -> String
  ) -> TensorRole? {
    // Whole words are compared before prefixes and suffixes are looked for.
    switch part {
    case "lora_A", "lora_down":
      return rest.last == "bias" ? .plain : .factor(module: module(), side: .down)
    case "lora_B", "lora_up":
      return rest.last == "bias" ? .plain : .factor(module: module(), side: .up)
    case "lora" where rest.first == "down": return .factor(module: module(), side: .down)
    case "lora" where rest.first == "up": return .factor(module: module(), side: .up)
    case "lora_embedding_A", "lora_embedding_B":
      return .foreign(module: module(), dialect: "LoRA of an embedding (lora_embedding_…)")
    case "lora_magnitude_vector", "dora_scale":
      return .foreign(module: module(), dialect: "DoRA (\(part))")
    case _ where part.hasPrefix("hada_"):
      return .foreign(module: module(), dialect: "LoHa (hada_…)")
    case _ where part.hasPrefix("lokr_"):
      return .foreign(module: module(), dialect: "LoKr (lokr_…)")
    case _ where part.hasSuffix("_lora") || part == "lora_linear_layer":
      return .foreign(module: module(), dialect: "LoRA of early diffusers versions (\(part))")
    default: return nil
    }
  }
}
