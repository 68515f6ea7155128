import ParlaAcousticModel
import ParlaDescriptions
import ParlaFiles

/// Wav2Vec2-BERT: a Conformer over pairs of log-mel frames.
///
/// Seamless Communication 2023, section 3.2.1, and transformers 5.17, `modeling_wav2vec2_bert.py`. `hidden_N` are transformers'
/// `hidden_states`.
struct Wav2Vec2BertNetwork {
  private let settings: FolderSettings
  private let encoder: EncoderSettings
  private let kernel: Int
  private let convolutionDropout: Double
  private var draft = NetworkDraft()

  private static let prefix = "wav2vec2_bert"

  /// Reads what the network is made of.
  init(_ settings: FolderSettings) throws(ModelError) {
    self.settings = settings
    encoder = try EncoderSettings(settings)
    kernel = try settings.integer("conv_depthwise_kernel_size", in: 1...4096, default: 31)
    convolutionDropout = try settings.dropout("conformer_conv_dropout")
  }

  /// The network up to what its last layer sees.
  mutating func drafted() throws(ModelError) -> NetworkDraft {
    let tensor = "\(Self.prefix).feature_projection"
    draft.norm("projection_norm", "\(tensor).layer_norm", epsilon: encoder.epsilon)
    draft.dense("hidden_0", "\(tensor).projection", size: encoder.size)
    draft.dropout("projection_dropout", rate: encoder.projectionDropout)
    draft.mask(Self.prefix, encoder.masks)
    draft.dropout("hidden_0_dropout", rate: encoder.hiddenDropout)
    let positions = try positionFields()
    for layer in 0..<encoder.layerCount {
      let before = draft.last
      addLayer(layer, positions)
      draft.layerDrop(before, rate: encoder.layerDrop)
    }
    try addAdapter()
    draft.dropout("final_dropout", rate: encoder.finalDropout)
    return draft
  }

  /// What distances between frames add.
  private func positionFields() throws(ModelError) -> [String: FieldValue] {
    let name = "position_embeddings_type"
    guard settings.values[name] != JSONValue.null else { return [:] }
    switch try settings.text(name, default: "relative_key") {
    case "relative": return ["positions": "relative"]
    case "rotary":
      let base = try settings.number("rotary_embedding_base", default: 10000)
      return ["positions": "rotary_input", "rotary_base": .number(base)]
    case "relative_key":
      let left = try settings.integer("left_max_position_embeddings", default: 64)
      let right = try settings.integer("right_max_position_embeddings", in: 0...1 << 20, default: 8)
      return [
        "positions": "relative_key", "left_positions": .count(left),
        "right_positions": .count(right),
      ]
    default: throw settings.problem(name, "relative_key, relative, rotary or null")
    }
  }

  // MARK: Encoder

  private mutating func addLayer(_ index: Int, _ positions: [String: FieldValue]) {
    let (number, before) = (index + 1, draft.last)
    let tensor = "\(Self.prefix).encoder.layers.\(index)"
    addFeedForward("first_\(number)", "\(tensor).ffn1", norm: "\(tensor).ffn1_layer_norm")
    draft.sum("prepared_\(number)", before, draft.last, share: 0.5)
    draft.norm(
      "attention_norm_\(number)", "\(tensor).self_attn_layer_norm", epsilon: encoder.epsilon)
    addAttention("attention_\(number)", "\(tensor).self_attn", positions)
    draft.dropout("attention_\(number)_dropout", rate: encoder.attentionDropout)
    draft.sum("attended_\(number)", "prepared_\(number)", draft.last)
    addConvolution(number, "\(tensor).conv_module")
    draft.sum("convolved_\(number)", "attended_\(number)", draft.last)
    addFeedForward("second_\(number)", "\(tensor).ffn2", norm: "\(tensor).ffn2_layer_norm")
    draft.sum("whole_\(number)", "convolved_\(number)", draft.last, share: 0.5)
    draft.norm("hidden_\(number)", "\(tensor).final_layer_norm", epsilon: encoder.epsilon)
  }

  private mutating func addFeedForward(
    _ name: String, _ tensor: String, norm: String?, activation: String? = nil,
    size: Int? = nil
  ) {
    if let norm { draft.norm("\(name)_norm", norm, epsilon: encoder.epsilon) }
    draft.dense("\(name)_up", "\(tensor).intermediate_dense", size: encoder.innerSize)
    draft.add(activation ?? encoder.activation, "\(name)_inner")
    draft.dropout("\(name)_inner_dropout", rate: encoder.innerDropout)
    draft.dense("\(name)_down", "\(tensor).output_dense", size: size ?? encoder.size)
    draft.dropout("\(name)_dropout", rate: encoder.hiddenDropout)
  }

  private mutating func addAttention(
    _ name: String, _ tensor: String, _ positions: [String: FieldValue]
  ) {
    draft.attention(
      name, tensor, queries: "linear_q", keys: "linear_k", values: "linear_v",
      output: "linear_out",
      [
        "heads": .count(encoder.heads), "dropout": .number(encoder.attentionDropout),
      ].merging(positions) { $1 })
    for (ours, theirs) in [
      ("distances", "distance_embedding.weight"), ("position_weight", "linear_pos.weight"),
      ("content_bias", "pos_bias_u"), ("position_bias", "pos_bias_v"),
    ] {
      draft.place("\(name).\(ours)", at: TensorPlace("\(tensor).\(theirs)"))
    }
  }

  /// Two halves of which one gates the other, then each channel for itself, over the frames before.
  private mutating func addConvolution(_ number: Int, _ tensor: String) {
    let name = "convolution_\(number)"
    draft.norm("\(name)_norm", "\(tensor).layer_norm", epsilon: encoder.epsilon)
    draft.convolution(
      "\(name)_gates", "\(tensor).pointwise_conv1", channels: 2 * encoder.size, size: 1,
      hasBias: false, [:])
    draft.add("glu", "\(name)_gated")
    draft.convolution(
      name, "\(tensor).depthwise_conv", channels: encoder.size, size: kernel, hasBias: false,
      ["groups": .count(encoder.size), "padding": "causal"])
    draft.norm(
      "\(name)_inner_norm", "\(tensor).depthwise_layer_norm", epsilon: encoder.epsilon)
    draft.add(encoder.activation, "\(name)_inner")
    draft.convolution(
      "\(name)_out", "\(tensor).pointwise_conv2", channels: encoder.size, size: 1,
      hasBias: false, [:])
    draft.dropout("\(name)_dropout", rate: convolutionDropout)
  }

  // MARK: Adapter

  /// Layers after the encoder that make its frames fewer.
  private mutating func addAdapter() throws(ModelError) {
    if try settings.flag("use_intermediate_ffn_before_adapter", default: false) {
      let before = draft.last
      addFeedForward(
        "intermediate", "\(Self.prefix).intermediate_ffn", norm: nil, activation: "relu")
      draft.sum("between", before, draft.last, share: 0.5)
    }
    guard try settings.flag("add_adapter", default: false) else { return }
    let size = try settings.integer("output_hidden_size", default: encoder.size)
    let activation = try settings.activation("adapter_act", default: "relu")
    let kernel = try settings.integer("adapter_kernel_size", in: 1...4096, default: 3)
    let stride = try settings.integer("adapter_stride", in: 1...4096, default: 2)
    let tensor = "\(Self.prefix).adapter"
    if size != encoder.size {
      draft.dense("adapter_projection", "\(tensor).proj", size: size)
      draft.norm("adapter_start", "\(tensor).proj_layer_norm", epsilon: encoder.epsilon)
    }
    for index in 0..<(try settings.integer("num_adapter_layers", in: 1...100, default: 1)) {
      let (name, own, before) = ("adapter_\(index + 1)", "\(tensor).layers.\(index)", draft.last)
      for (part, theirs) in [("residual", "residual"), ("pooled", "self_attn")] {
        draft.norm(
          "\(name)_\(part)_norm", "\(own).\(theirs)_layer_norm", epsilon: encoder.epsilon,
          inputs: [before])
        draft.convolution(
          "\(name)_\(part)_gates", "\(own).\(theirs)_conv", channels: 2 * size, size: kernel,
          hasBias: true,
          [
            "stride": .count(stride), "pad_before": .count(stride / 2),
            "pad_after": .count(stride / 2),
          ])
        draft.add("glu", "\(name)_\(part)")
      }
      addAttention("\(name)_attention", "\(own).self_attn", [:])
      draft.dropout("\(name)_attention_dropout", rate: convolutionDropout)
      draft.sum("\(name)_attended", draft.last, "\(name)_residual")
      addFeedForward(
        "\(name)_feed", "\(own).ffn", norm: "\(own).ffn_layer_norm", activation: activation,
        size: size)
      draft.sum(name, "\(name)_attended", draft.last)
    }
  }
}
