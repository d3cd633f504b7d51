public import Generation

extension ModelConfiguration.Variant {
  /// What a model that was trained so can do: base models also take stems out of recordings and add them, turbo models take no
  /// guidance (`acestep.md` 1.3).
  public var capabilities: EngineCapabilities {
    let groups: Set<Parameter.Group> = [.languageModel, .lora]
    var unused = Set(ParameterSchema.base.filter { groups.contains($0.group) }.map(\.name))
    unused.formUnion(["generate_lrc", "calculate_quality"])
    if self == .turbo { unused.formUnion(["guidance_scale", "use_adg", "cfg_interval_start", "cfg_interval_end"]) }
    var tasks: Set<MusicTask> = [
      .simple, .text2music, .prompt2instrumental, .text2rap, .lyric2vocals, .cover, .reference, .retake, .repaint, .extend, .edit,
    ]
    if self == .base { tasks.formUnion([.extract, .lego, .complete]) }
    return EngineCapabilities(tasks: tasks, unusedParameters: unused, sings: true)
  }
}
