import ParlaAcousticModel
import ParlaFiles
import ParlaTranscripts

/// An alphabet as transformers' tokeniser for CTC has it: the blank is token 0, the labels follow.
struct VocabularyWriting {
  /// The number of each token.
  let tokens: [String: Int]

  /// Settings of the tokeniser.
  let settings: [String: JSONValue]

  /// The number of each special token that there is, by its role.
  let special: [String: JSONValue]

  /// Output i of Parla's network, whose blank is the last, is this one there.
  let order: [Int]

  /// - Throws: `ModelError.notExpressible`.
  init(_ alphabet: Alphabet) throws(ModelError) {
    guard !alphabet.isBytes else {
      throw .notExpressible(
        format: ModelFormat.transformersName, found: "labels that are bytes",
        expected: "those that are characters")
    }
    let labels = alphabet.labels
    order = Array(1...labels.count) + [0]
    let delimiter = labels.contains("|") ? " " : "|"
    let pad = labels.contains("<pad>") ? "[PAD]" : "<pad>"
    let names = labels.map { $0 == " " ? delimiter : Self.withoutBrackets($0) }
    var tokens = [pad: 0]
    for (index, name) in names.enumerated() {
      guard tokens.updateValue(index + 1, forKey: name) == nil else {
        throw .notExpressible(
          format: ModelFormat.transformersName, found: "two labels that become \"\(name)\"",
          expected: "labels that differ from each other and from \(pad)")
      }
    }
    var settings: [String: JSONValue] = [
      "tokenizer_class": "Wav2Vec2CTCTokenizer", "pad_token": .string(pad),
      "word_delimiter_token": .string(delimiter), "replace_word_delimiter_char": " ",
      "do_lower_case": false,
    ]
    var special: [String: JSONValue] = [:]
    let roles = [("bos", ["<s>"]), ("eos", ["</s>"]), ("unk", ["<unk>", "[UNK]"])]
    for (role, candidates) in roles {
      let found = candidates.first { tokens[$0] != nil }
      // None, rather than one that transformers would add behind the last label. A text's unknown characters become the blank.
      settings["\(role)_token"] =
        found.map { .string($0) } ?? (role == "unk" ? .string(pad) : .null)
      special["\(role)_token_id"] = found.flatMap { tokens[$0] }.map { .integer($0) } ?? .null
    }
    (self.tokens, self.settings, self.special) = (tokens, settings, special)
  }

  /// `[UNK]` of `<[UNK]>`, which is how a token that stands for no text is read.
  private static func withoutBrackets(_ label: String) -> String {
    label.hasPrefix("<[") && label.hasSuffix("]>") ? String(label.dropFirst().dropLast()) : label
  }
}
