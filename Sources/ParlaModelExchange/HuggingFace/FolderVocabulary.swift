import ParlaAcousticModel
import ParlaFiles
import ParlaTranscripts

/// What a folder's network writes: labels in the order of its outputs, of which one is CTC's blank.
struct FolderVocabulary {
  /// The labels, without the blank.
  let alphabet: Alphabet

  /// Output i of Parla's network, whose blank is the last, is output `order[i]` of the folder's.
  let order: [Int]

  /// Reads `vocab.json` of `folder` for a network of `labelCount` outputs, of which `blank` is the blank.
  ///
  /// The word delimiter becomes the space. What stands for no text, such as `<s>`, stays between angle brackets, so that decoders leave
  /// it out (`Alphabet.silentLabels`); so do outputs without a name.
  /// - Throws: `ModelError.unsuitableVocabulary`.
  init(_ folder: HuggingFaceFolder, labelCount: Int, blank: Int) throws(ModelError) {
    let file = try folder.settings(
      HuggingFaceFolder.vocabularyName, purpose: "the characters that the network writes")
    let tokenizer = try folder.tokenizerSettings()
    let tokens = try Self.tokens(file, folder, tokenizer)
    var names = [String?](repeating: nil, count: labelCount)
    for (token, index) in tokens {
      guard names.indices.contains(index), names[index] == nil else {
        throw .unsuitableVocabulary(
          path: file.path,
          found: names.indices.contains(index)
            ? "two tokens with the number \(index)" : "\"\(token)\" with the number \(index)",
          expected: "a number below \(labelCount) for each, as many outputs as the network has")
      }
      names[index] = token
    }
    guard (0..<labelCount).contains(blank) else {
      throw .unsuitableVocabulary(
        path: file.path, found: "pad_token_id \(blank), which is CTC's blank",
        expected: "a number below \(labelCount), as many outputs as the network has")
    }
    let special = Self.specialTokens(tokenizer)
    let delimiter = tokenizer["word_delimiter_token"]?.text ?? "|"
    let hasSpace = names.contains(" ")
    order = (0..<labelCount).filter { $0 != blank } + [blank]
    let labels = order.dropLast().map { index in
      guard let name = names[index], !name.isEmpty else { return "<\(index)>" }
      if name == delimiter, !hasSpace { return " " }
      return special.contains(name) && !Alphabet.isSilent(name) ? "<\(name)>" : name
    }
    do { alphabet = try Alphabet(labels: labels) } catch {
      throw .unsuitableVocabulary(
        path: file.path, found: "\(error)", expected: "labels that differ and stand on a line each")
    }
  }

  /// The tokens with their numbers; of a vocabulary of many languages those of one.
  private static func tokens(
    _ file: FolderSettings, _ folder: HuggingFaceFolder, _ tokenizer: [String: JSONValue]
  ) throws(ModelError) -> [(token: String, index: Int)] {
    var values = file.values
    let languages = values.filter { $0.value.members != nil }.keys.sorted()
    if !languages.isEmpty {
      let language = folder.language ?? tokenizer["target_lang"]?.text ?? "eng"
      guard let own = values[language]?.members else {
        throw .noAdapter(folder: folder.path, language: language, known: languages)
      }
      values = own
    }
    var tokens: [(String, Int)] = []
    for (token, value) in values {
      guard let index = value.integer else {
        throw .unsuitableVocabulary(
          path: file.path, found: "\"\(token)\": \(value.spelling)",
          expected: "a whole number for each token")
      }
      tokens.append((token, index))
    }
    return tokens.sorted { ($0.1, $0.0) < ($1.1, $1.0) }
  }

  /// The tokens that stand for no text.
  private static func specialTokens(_ tokenizer: [String: JSONValue]) -> Set<String> {
    var tokens: Set = ["[PAD]", "[UNK]"]
    for name in ["bos_token", "eos_token", "unk_token", "pad_token"] {
      switch tokenizer[name] {
      case .string(let token): tokens.insert(token)
      case .object(let fields): if let token = fields["content"]?.text { tokens.insert(token) }
      default: continue
      }
    }
    return tokens
  }
}
