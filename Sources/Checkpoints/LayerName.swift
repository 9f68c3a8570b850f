/// The names of layers, as people and programs write them and as we compare them.
package enum LayerName {
  /// The name without what only says how the model was wrapped when it was saved: leading
  /// `base_model.model.`, `module.`, `vit.` and the like, trailing `.weight` and the names of a
  /// LoRA factor. The result never changes when it goes through again, and is never empty unless
  /// the name is.
  ///
  /// Cost: a look at each end of the name; it is called for every tensor of a checkpoint.
  package static func canonical(_ tensorName: String) -> String {
    let whole = tensorName.utf8
    var name = whole[...]
    while let shorter = withoutEnd(name) ?? withoutStart(name), !shorter.isEmpty { name = shorter }
    return name.count == whole.count ? tensorName : String(Substring(name))
  }

  private static let dot = UInt8(ascii: ".")

  private static func withoutStart(_ name: Substring.UTF8View) -> Substring.UTF8View? {
    guard let end = name.firstIndex(of: dot), wrappers.contains(Substring(name[..<end])) else {
      return nil
    }
    let rest = name[name.index(after: end)...]
    return rest.isEmpty ? nil : rest
  }

  private static func withoutEnd(_ name: Substring.UTF8View) -> Substring.UTF8View? {
    guard let end = name.lastIndex(of: dot), end > name.startIndex else { return nil }
    let rest = name[..<end]
    if endings.contains(Substring(name[name.index(after: end)...])) { return rest }
    // `….lora_A.default`, `….lora.down`, `….modules_to_save.default`: the last but one decides.
    guard let before = rest.lastIndex(of: dot), before > rest.startIndex else { return nil }
    switch Substring(rest[rest.index(after: before)...]) {
    case "lora_A", "lora_B", "modules_to_save": return rest[..<before]
    case "lora":
      let last = Substring(name[name.index(after: end)...])
      return last == "down" || last == "up" ? rest[..<before] : nil
    default: return nil
    }
  }

  private static let endings: Set<Substring> = [
    "weight", "lora_A", "lora_B", "lora_down", "lora_up", "base_layer", "modules_to_save",
  ]

  /// First segments that name a wrapper or the whole network and no part of it: PEFT, PyTorch's
  /// parallel and compiled modules, Lightning, diffusers' components, and the prefixes under which
  /// transformers puts a base model below its head.
  private static let wrappers: Set<Substring> = [
    "base_model", "model", "module", "_orig_mod", "_fsdp_wrapped_module", "_forward_module",
    "state_dict", "auto_model", "unet", "text_encoder", "transformer", "diffusion_model", "vit",
    "vit_mae", "bert", "roberta", "distilbert", "deberta", "electra", "albert", "mpnet",
    "camembert",
    "xlm_roberta", "deit", "beit", "dinov2", "dinov2_with_registers", "swin", "swinv2", "convnext",
    "convnextv2", "resnet", "regnet", "mobilevit", "efficientnet", "wav2vec2", "hubert", "wavlm",
    "gpt_neox", "gptj",
  ]
}
