import ParlaAcousticModel
import ParlaDescriptions

/// The families of networks that grew out of wav2vec 2.0, as `config.json` calls them.
enum Wav2Vec2Family: String, CaseIterable {
  case wav2vec2, hubert, wavlm
  case data2vec = "data2vec-audio"
  case bert = "wav2vec2-bert"

  /// What the names of a network's tensors begin with.
  var prefix: String {
    switch self {
    case .wav2vec2, .hubert, .wavlm: rawValue
    case .data2vec: "data2vec_audio"
    case .bert: "wav2vec2_bert"
    }
  }
}

/// The settings of the encoders of all families.
struct EncoderSettings {
  let size: Int
  let layerCount: Int
  let heads: Int
  let innerSize: Int
  let activation: String
  let epsilon: Double
  let hiddenDropout: Double
  let attentionDropout: Double
  let innerDropout: Double
  let projectionDropout: Double
  let finalDropout: Double
  let layerDrop: Double
  /// What masks hide in training: fields of the layer `mask`.
  let masks: [String: FieldValue]

  init(_ settings: FolderSettings) throws(ModelError) {
    size = try settings.integer("hidden_size", default: 768)
    layerCount = try settings.integer("num_hidden_layers", in: 1...1000, default: 12)
    heads = try settings.integer("num_attention_heads", in: 1...1024, default: 12)
    innerSize = try settings.integer("intermediate_size", default: 3072)
    activation = try settings.activation("hidden_act", default: "gelu")
    epsilon = try settings.number("layer_norm_eps", default: 1e-5)
    hiddenDropout = try settings.dropout("hidden_dropout")
    attentionDropout = try settings.dropout("attention_dropout")
    innerDropout = try settings.dropout("activation_dropout")
    projectionDropout = try settings.dropout("feat_proj_dropout", default: 0)
    finalDropout = try settings.dropout("final_dropout")
    layerDrop = try settings.dropout("layerdrop")
    masks = try Self.masks(settings)
    guard size % heads == 0 else {
      throw settings.problem("num_attention_heads", "a number that divides hidden_size, \(size)")
    }
  }
}

extension EncoderSettings {
  private static func masks(_ settings: FolderSettings) throws(ModelError) -> [String: FieldValue] {
    let isOn = try settings.flag("apply_spec_augment", default: true)
    var fields: [String: FieldValue] = [:]
    for (axis, share, least) in [("time", 0.05, 2), ("feature", 0.0, 0)] {
      let found = try settings.number("mask_\(axis)_prob", below: 1, default: share)
      fields["\(axis)_share"] = .number(isOn ? found : 0)
      fields["\(axis)_length"] = .count(try settings.integer("mask_\(axis)_length", default: 10))
      fields["\(axis)_least"] = .count(
        try settings.integer("mask_\(axis)_min_masks", in: 0...1 << 20, default: least))
    }
    return fields
  }
}

/// The settings of convolutions over sound, and values derived from them.
struct SoundSettings {
  let channels: [Int]
  let sizes: [Int]
  let strides: [Int]
  let hasBias: Bool
  let activation: String
  /// Whether each convolution is normalised over its channels; else the first one over time.
  let normalizesEach: Bool
  let isStable: Bool
  let positionSize: Int
  let positionGroups: Int

  init(_ settings: FolderSettings, _ family: Wav2Vec2Family) throws(ModelError) {
    channels = try settings.integers("conv_dim", default: Array(repeating: 512, count: 7))
    let count = channels.count
    sizes = try settings.integers("conv_kernel", count: count, default: [10, 3, 3, 3, 3, 2, 2])
    strides = try settings.integers("conv_stride", count: count, default: [5, 2, 2, 2, 2, 2, 2])
    hasBias = try settings.flag("conv_bias", default: false)
    activation = try settings.activation("feat_extract_activation", default: "gelu")
    let norm = try settings.text("feat_extract_norm", default: "group")
    guard ["group", "layer"].contains(norm) else {
      throw settings.problem("feat_extract_norm", "group or layer")
    }
    normalizesEach = norm == "layer" || family == .data2vec
    isStable = try settings.flag("do_stable_layer_norm", default: false) && family != .data2vec
    positionSize = try settings.integer(
      family == .data2vec ? "conv_pos_kernel_size" : "num_conv_pos_embeddings",
      in: 1...4096, default: family == .data2vec ? 19 : 128)
    positionGroups = try settings.integer("num_conv_pos_embedding_groups", default: 16)
  }
}
