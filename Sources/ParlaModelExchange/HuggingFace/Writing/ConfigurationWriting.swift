import ParlaAcousticModel
import ParlaAudio
import ParlaFiles
import ParlaNeuralNetwork

/// The settings of transformers that a network of the wav2vec 2.0 family is made of, derived from its nodes.
struct ConfigurationWriting {
  private let nodes: NodeReading
  private let family: Wav2Vec2Family
  private(set) var values: [String: JSONValue] = [:]

  /// Derives `config.json` without what concerns labels.
  init(_ description: ModelDescription, _ family: Wav2Vec2Family) {
    nodes = NodeReading(description)
    self.family = family
    values = [
      "model_type": .string(family.rawValue), "architectures": .array([.string(family.className)]),
      "ctc_loss_reduction": "mean", "ctc_zero_infinity": true, "dtype": "float32",
      "layerdrop": .number(nodes.layerDrop), "final_dropout": rate("final_dropout"),
      "hidden_dropout": rate("hidden_0_dropout"), "feat_proj_dropout": rate("projection_dropout"),
      "num_attention_heads": integer("attention_1", "heads"),
      "num_hidden_layers": .integer(nodes.count("attention")),
      "attention_dropout": .number(nodes.number("attention_1", "dropout")),
    ]
    addMasks()
    if family == .bert { addBert(description.features.inputCount) } else { addSound() }
  }

  private func integer(_ node: String, _ field: String) -> JSONValue {
    .integer(nodes.integer(node, field))
  }

  private func rate(_ node: String) -> JSONValue { .number(nodes.rate(node)) }

  private func epsilon(_ names: String...) -> JSONValue {
    .number(names.first { nodes.has($0) }.map { nodes.number($0, "epsilon") } ?? 0)
  }

  private mutating func addMasks() {
    var isOn = false
    for (axis, usual) in [("time", 0.05), ("feature", 0.0)] {
      let share = nodes.number("masked", "\(axis)_share")
      isOn = isOn || share > 0
      // What is never hidden keeps its vector: transformers has one wherever a share is above 0.
      values["mask_\(axis)_prob"] = .number(share > 0 ? share : usual)
      values["mask_\(axis)_length"] = integer("masked", "\(axis)_length")
      values["mask_\(axis)_min_masks"] = integer("masked", "\(axis)_least")
    }
    values["apply_spec_augment"] = .bool(isOn)
    if isOn, nodes.number("masked", "time_share") == 0 { values["mask_time_prob"] = 0 }
  }

  // MARK: Convolutions over sound

  private mutating func addSound() {
    let convolutions = (1...max(nodes.count("convolution"), 1)).map { "convolution_\($0)" }
    let isGrouped = nodes.kind("convolution_1_norm") == "group_normalization"
    values.merge([
      "conv_dim": .array(convolutions.map { integer($0, "channels") }),
      "conv_kernel": .array(convolutions.map { integer($0, "size") }),
      "conv_stride": .array(convolutions.map { integer($0, "stride") }),
      "conv_bias": .bool(nodes.flag("convolution_1", "bias")),
      "feat_extract_norm": .string(isGrouped ? "group" : "layer"),
      "feat_extract_activation": .string(nodes.kind("convolution_1_out")),
      "num_feat_extract_layers": .integer(convolutions.count),
      "hidden_size": integer("projection", "size"), "intermediate_size": integer("up_1", "size"),
      "hidden_act": .string(nodes.kind("inner_1")), "activation_dropout": rate("inner_dropout_1"),
      "layer_norm_eps": epsilon("projection_norm", "attention_norm_1", "attended_1"),
      "do_stable_layer_norm": .bool(nodes.has("encoder_norm")),
    ]) { $1 }
    addPositions()
    if family == .wavlm {
      values["num_buckets"] = integer("attention_1", "buckets")
      values["max_bucket_distance"] = integer("attention_1", "max_distance")
    }
    if family == .wav2vec2 {
      values["adapter_attn_dim"] =
        nodes.has("adapter_down_1") ? integer("adapter_down_1", "size") : .null
    }
    if family == .hubert {
      values["feat_proj_layer_norm"] = .bool(nodes.has("projection_norm"))
      values["conv_pos_batch_norm"] = .bool(nodes.has("positions_norm"))
    }
    if family != .hubert { addAdapter(count: nodes.count("adapter"), "adapter_1") }
  }

  private mutating func addPositions() {
    let isStack = family == .data2vec
    let first = isStack ? "positions_1" : "positions"
    values["num_conv_pos_embedding_groups"] = integer(first, "groups")
    values["num_conv_pos_embeddings"] =
      isStack ? .integer(nodes.count("positions")) : integer(first, "size")
    if isStack { values["conv_pos_kernel_size"] = integer(first, "size") }
  }

  /// Layers after the encoder, of which `convolution` is the first one's.
  private mutating func addAdapter(count: Int, _ convolution: String) {
    values["add_adapter"] = .bool(count > 0)
    guard count > 0 else { return }
    values["num_adapter_layers"] = .integer(count)
    values["output_hidden_size"] = .integer(nodes.integer(convolution, "channels") / 2)
    values["adapter_kernel_size"] = integer(convolution, "size")
    values["adapter_stride"] = integer(convolution, "stride")
  }

  // MARK: Wav2Vec2-BERT

  private mutating func addBert(_ inputCount: Int) {
    values.merge([
      "feature_projection_input_dim": .integer(inputCount),
      "hidden_size": integer("hidden_0", "size"),
      "intermediate_size": integer("first_1_up", "size"),
      "hidden_act": .string(nodes.kind("first_1_inner")),
      "activation_dropout": rate("first_1_inner_dropout"),
      "layer_norm_eps": epsilon("projection_norm"),
      "conv_depthwise_kernel_size": integer("convolution_1", "size"),
      "conformer_conv_dropout": rate("convolution_1_dropout"),
      "use_intermediate_ffn_before_adapter": .bool(nodes.has("between")),
    ]) { $1 }
    addAdapter(count: nodes.count("adapter"), "adapter_1_residual_gates")
    if nodes.has("adapter_1") {
      values["adapter_act"] = .string(nodes.kind("adapter_1_feed_inner"))
    }
    switch nodes.text("attention_1", "positions") {
    case "relative": values["position_embeddings_type"] = "relative"
    case "rotary_input":
      values["position_embeddings_type"] = "rotary"
      values["rotary_embedding_base"] = .number(nodes.number("attention_1", "rotary_base"))
    case "relative_key":
      values["position_embeddings_type"] = "relative_key"
      values["left_max_position_embeddings"] = integer("attention_1", "left_positions")
      values["right_max_position_embeddings"] = integer("attention_1", "right_positions")
    default: values["position_embeddings_type"] = .null
    }
  }
}

extension Wav2Vec2Family {
  /// What transformers calls the class with a layer for CTC.
  fileprivate var className: String {
    switch self {
    case .wav2vec2: "Wav2Vec2ForCTC"
    case .hubert: "HubertForCTC"
    case .wavlm: "WavLMForCTC"
    case .data2vec: "Data2VecAudioForCTC"
    case .bert: "Wav2Vec2BertForCTC"
    }
  }
}
