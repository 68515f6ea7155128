import ParlaAcousticModel
import ParlaDescriptions

/// wav2vec 2.0 and those that differ from it in details: HuBERT, WavLM, data2vec, and MMS with its adapters.
///
/// Baevski et al. 2020, section 2, and transformers 5.17, `modeling_wav2vec2.py` and its like. Convolutions over sound, one over what
/// comes of them for the positions, then a Transformer. `hidden_N` are transformers' `hidden_states`.
struct Wav2Vec2Network {
  private let settings: FolderSettings
  private let family: Wav2Vec2Family
  private let sound: SoundSettings
  private let encoder: EncoderSettings
  private let adapterSize: Int?
  /// Whether what stands beyond the ends of a batch's shorter sequences counts as it does in PyTorch.
  private let countsPadding: Bool
  private var draft = NetworkDraft()

  /// Reads what the network is made of.
  init(
    _ settings: FolderSettings, _ family: Wav2Vec2Family, countsPadding: Bool
  ) throws(ModelError) {
    self.settings = settings
    self.family = family
    self.countsPadding = countsPadding
    sound = try SoundSettings(settings, family)
    encoder = try EncoderSettings(settings)
    adapterSize =
      family == .wav2vec2 && sound.isStable ? try settings.optionalInteger("adapter_attn_dim") : nil
  }

  /// The network up to what its last layer sees.
  mutating func drafted() throws(ModelError) -> NetworkDraft {
    addConvolutions()
    try addProjection()
    draft.mask(prefix, encoder.masks)
    if family == .data2vec { try addPositionStack() } else { try addPositions() }
    for layer in 0..<encoder.layerCount {
      let before = draft.last
      if sound.isStable { try addStableLayer(layer) } else { try addLayer(layer) }
      // WavLM's first layer has the positions of all.
      if family != .wavlm || layer > 0 { draft.layerDrop(before, rate: encoder.layerDrop) }
    }
    if sound.isStable {
      draft.norm("encoder_norm", "\(prefix).encoder.layer_norm", epsilon: encoder.epsilon)
    }
    try addAdapter()
    draft.dropout("final_dropout", rate: encoder.finalDropout)
    return draft
  }

  private var prefix: String { family.prefix }

  private var paddingFrames: [String: FieldValue] {
    countsPadding ? ["padding_frames": "kept"] : [:]
  }

  // MARK: Sound

  private mutating func addConvolutions() {
    for (index, channels) in sound.channels.enumerated() {
      let name = "convolution_\(index + 1)"
      let tensor = "\(prefix).feature_extractor.conv_layers.\(index)"
      let isFirstOfAll = index == 0 && !sound.normalizesEach
      draft.convolution(
        name, "\(tensor).conv", channels: channels, size: sound.sizes[index],
        hasBias: sound.hasBias,
        [
          "stride": .count(sound.strides[index]), "padding": "valid",
        ].merging(isFirstOfAll ? paddingFrames : [:]) { $1 })
      if sound.normalizesEach {
        draft.norm("\(name)_norm", "\(tensor).layer_norm", epsilon: 1e-5)
      } else if isFirstOfAll {
        draft.add(
          "group_normalization", "\(name)_norm",
          [
            "groups": .count(channels), "over_time": true, "epsilon": 1e-5,
          ].merging(paddingFrames) { $1 })
        draft.learned("\(name)_norm", "\(tensor).layer_norm")
      }
      draft.add(sound.activation, "\(name)_out")
    }
  }

  private mutating func addProjection() throws(ModelError) {
    let tensor = "\(prefix).feature_projection"
    let hasNorm = try settings.flag("feat_proj_layer_norm", default: true)
    if family != .hubert || hasNorm {
      draft.norm("projection_norm", "\(tensor).layer_norm", epsilon: encoder.epsilon)
    }
    draft.dense("projection", "\(tensor).projection", size: encoder.size)
    draft.dropout("projection_dropout", rate: encoder.projectionDropout)
  }

  // MARK: Positions

  private func windows(_ size: Int) -> [String: FieldValue] {
    // Half a window before; of an even one the last comes off.
    [
      "groups": .count(sound.positionGroups), "pad_before": .count(size / 2),
      "pad_after": .count(size - 1 - size / 2),
    ]
  }

  private mutating func addPositions() throws(ModelError) {
    let projected = draft.last
    let tensor = "\(prefix).encoder.pos_conv_embed"
    let hasNorm = try settings.flag("conv_pos_batch_norm", default: false)
    let isNormalized = family == .hubert && hasNorm
    if isNormalized {
      draft.add("batch_normalization", "positions_norm", ["epsilon": 1e-5])
      draft.learned("positions_norm", "\(tensor).batch_norm")
      draft.place(
        "positions_norm.running_mean", at: TensorPlace("\(tensor).batch_norm.running_mean"))
      draft.place(
        "positions_norm.running_variance", at: TensorPlace("\(tensor).batch_norm.running_var"))
    }
    draft.convolution(
      "positions", "\(tensor).conv", channels: encoder.size, size: sound.positionSize,
      hasBias: true,
      windows(sound.positionSize).merging(isNormalized ? [:] : ["weight_norm": "step"]) { $1 })
    draft.add(sound.activation, "positions_out")
    addStart(projected)
  }

  private mutating func addPositionStack() throws(ModelError) {
    let projected = draft.last
    let count = try settings.integer("num_conv_pos_embeddings", in: 1...100, default: 5)
    for index in 0..<count {
      let name = "positions_\(index + 1)"
      // The zeros after a projection are those that the mask leaves, later ones what the layer before made of them.
      let padding: [String: FieldValue] =
        countsPadding ? ["padding_frames": index == 0 ? "zero" : "kept"] : [:]
      draft.convolution(
        name, "\(prefix).encoder.pos_conv_embed.layers.\(index).conv", channels: encoder.size,
        size: sound.positionSize, hasBias: true,
        windows(sound.positionSize).merging(padding) { $1 })
      draft.add("layer_normalization", "\(name)_norm", ["epsilon": 1e-5, "affine": false])
      draft.add(sound.activation, "\(name)_out")
    }
    addStart(projected)
  }

  /// What the first layer of the encoder sees.
  private mutating func addStart(_ projected: String) {
    let positions = draft.last
    if sound.isStable {
      draft.sum("hidden_0", projected, positions)
    } else {
      draft.sum("placed", projected, positions)
      draft.norm("hidden_0", "\(prefix).encoder.layer_norm", epsilon: encoder.epsilon)
    }
    draft.dropout("hidden_0_dropout", rate: encoder.hiddenDropout)
  }

  // MARK: Encoder

  /// Attention and a feed-forward part, each normalised after its sum.
  private mutating func addLayer(_ index: Int) throws(ModelError) {
    let (number, tensor, before) = (index + 1, tensor(of: index), draft.last)
    try addAttention(number, tensor)
    draft.sum("seen_\(number)", before, draft.last)
    draft.norm("attended_\(number)", "\(tensor).layer_norm", epsilon: encoder.epsilon)
    addFeedForward(number, tensor)
    draft.sum("fed_\(number)", "attended_\(number)", draft.last)
    draft.norm("hidden_\(number)", "\(tensor).final_layer_norm", epsilon: encoder.epsilon)
  }

  /// The same, each normalised before, so that deep encoders learn; and after them an adapter, where languages have one.
  private mutating func addStableLayer(_ index: Int) throws(ModelError) {
    let (number, tensor, before) = (index + 1, tensor(of: index), draft.last)
    draft.norm("attention_norm_\(number)", "\(tensor).layer_norm", epsilon: encoder.epsilon)
    try addAttention(number, tensor)
    draft.sum("attended_\(number)", before, draft.last)
    draft.norm("feed_norm_\(number)", "\(tensor).final_layer_norm", epsilon: encoder.epsilon)
    addFeedForward(number, tensor)
    let sum = adapterSize == nil ? "hidden_\(number)" : "fed_\(number)"
    draft.sum(sum, "attended_\(number)", draft.last)
    guard let adapterSize else { return }
    let adapter = "\(tensor).adapter_layer"
    draft.norm("adapter_norm_\(number)", "\(adapter).norm", epsilon: 1e-5)
    draft.dense("adapter_down_\(number)", "\(adapter).linear_1", size: adapterSize)
    draft.add("relu", "adapter_inner_\(number)")
    draft.dense("adapter_up_\(number)", "\(adapter).linear_2", size: encoder.size)
    draft.sum("hidden_\(number)", sum, "adapter_up_\(number)")
  }

  private func tensor(of layer: Int) -> String { "\(prefix).encoder.layers.\(layer)" }

  private mutating func addAttention(_ number: Int, _ tensor: String) throws(ModelError) {
    let name = "attention_\(number)"
    var fields: [String: FieldValue] = [
      "heads": .count(encoder.heads), "dropout": .number(encoder.attentionDropout),
    ]
    if family == .wavlm {
      fields.merge(try bucketFields()) { $1 }
      // All layers share the first one's.
      if number > 1 { fields["buckets_of"] = "attention_1" }
    }
    draft.attention(
      name, "\(tensor).attention", queries: "q_proj", keys: "k_proj", values: "v_proj",
      output: "out_proj", fields)
    if family == .wavlm {
      draft.place(
        "\(name).buckets",
        at: TensorPlace("\(self.tensor(of: 0)).attention.rel_attn_embed.weight"))
      let gates = "\(tensor).attention.gru_rel_pos"
      draft.place("\(name).gate_weight", at: TensorPlace("\(gates)_linear.weight"))
      draft.place("\(name).gate_bias", at: TensorPlace("\(gates)_linear.bias"))
      draft.place(
        "\(name).gate_scale", at: TensorPlace("\(gates)_const", shape: [1, encoder.heads, 1, 1]))
    }
    draft.dropout("\(name)_dropout", rate: encoder.hiddenDropout)
  }

  private func bucketFields() throws(ModelError) -> [String: FieldValue] {
    let buckets = try settings.integer("num_buckets", in: 4...1 << 16, default: 320)
    let distance = try settings.integer("max_bucket_distance", default: 800)
    return [
      "positions": "bucketed", "buckets": .count(buckets), "max_distance": .count(distance),
    ]
  }

  private mutating func addFeedForward(_ number: Int, _ tensor: String) {
    draft.dense(
      "up_\(number)", "\(tensor).feed_forward.intermediate_dense", size: encoder.innerSize)
    draft.add(encoder.activation, "inner_\(number)")
    draft.dropout("inner_dropout_\(number)", rate: encoder.innerDropout)
    draft.dense("down_\(number)", "\(tensor).feed_forward.output_dense", size: encoder.size)
    draft.dropout("down_dropout_\(number)", rate: encoder.hiddenDropout)
  }

  /// Convolutions after the encoder that make its frames fewer.
  private mutating func addAdapter() throws(ModelError) {
    let isAsked = try settings.flag("add_adapter", default: false)
    guard isAsked, family != .hubert else { return }
    let size = try settings.integer("output_hidden_size", default: encoder.size)
    let kernel = try settings.integer("adapter_kernel_size", in: 1...4096, default: 3)
    let stride = try settings.integer("adapter_stride", in: 1...4096, default: 2)
    if size != encoder.size {
      draft.dense("adapter_projection", "\(prefix).adapter.proj", size: size)
      draft.norm("adapter_start", "\(prefix).adapter.proj_layer_norm", epsilon: 1e-5)
    }
    for index in 0..<(try settings.integer("num_adapter_layers", in: 1...100, default: 3)) {
      draft.convolution(
        "adapter_\(index + 1)", "\(prefix).adapter.layers.\(index).conv", channels: 2 * size,
        size: kernel, hasBias: true,
        ["stride": .count(stride), "pad_before": 1, "pad_after": 1])
      draft.add("glu", "adapter_\(index + 1)_out")
    }
  }
}
