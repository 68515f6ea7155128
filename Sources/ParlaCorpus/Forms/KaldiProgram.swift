import ParlaFiles

/// What a program in `wav.scp` reads, if all that it does is unpack a recording.
///
/// Programs are never run, so each has a list of the options that leave the sound as it is (formats, rates, the width of samples);
/// with any other option, or a second file, its output is unknown.
struct KaldiProgram {
  /// The recording's path as the command names it.
  let recording: String

  /// The one channel that it keeps, from 0; nil for all.
  private(set) var channel: Int?

  /// The words that are still to be understood.
  private var words: ArraySlice<String>

  /// Understands `command`, without the bar that ends it; nil where its output is not just a recording.
  init?(_ command: some StringProtocol) {
    guard let words = Self.words(of: command), let program = words.first?.fileName,
      let sound = words.dropFirst().first(where: Self.isSound)
    else { return nil }
    recording = sound
    self.words = words.dropFirst()
    let isUnderstood =
      switch program {
      case "cat": takesRecording() && self.words.isEmpty
      case "flac": isFLAC()
      case "sph2pipe": isSph2pipe()
      case "sox": isSox()
      case "ffmpeg": isFFmpeg()
      default: false
      }
    guard isUnderstood else { return nil }
  }

  private static func isSound(_ word: String) -> Bool {
    !word.hasPrefix("-") && formats.contains(word.fileExtension.lowercased())
  }

  // MARK: Words

  /// The words of a command as a shell divides them; nil for what only a shell understands.
  private static func words(of command: some StringProtocol) -> [String]? {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var isEscaped = false
    for character in command {
      if isEscaped {
        word = (word ?? "") + String(character)
        isEscaped = false
      } else if character == "\\", quote != "'" {
        isEscaped = true
      } else if let open = quote {
        if character == open {
          quote = nil
        } else if open == "\"", "$`".contains(character) {
          return nil
        } else {
          word = (word ?? "") + String(character)
        }
      } else if character == "'" || character == "\"" {
        quote = character
        word = word ?? ""
      } else if "|;&$`()*?\n".contains(character) {
        return nil
      } else if character.isWhitespace {
        if let word { words.append(word) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    guard quote == nil, !isEscaped else { return nil }
    if let word { words.append(word) }
    return withoutRedirections(words)
  }

  /// The words without those that only silence a program.
  private static func withoutRedirections(_ words: [String]) -> [String] {
    var rest = words
    for redirection in [["2>/dev/null"], ["2>", "/dev/null"], ["</dev/null"], ["<", "/dev/null"]] {
      if let range = rest.firstRange(of: redirection) { rest.removeSubrange(range) }
    }
    return rest
  }

  // MARK: Options

  private mutating func takesRecording() -> Bool { takesFlag(of: [recording]) }

  /// Takes the next word if it is one of `flags`.
  private mutating func takesFlag(of flags: [String]) -> Bool {
    guard let word = words.first, flags.contains(word) else { return false }
    words.removeFirst()
    return true
  }

  /// Takes the next two words if they are one of `options` and a value that it may have, any if `values` is nil.
  private mutating func takesOption(of options: [String], _ values: [String]? = nil) -> Bool {
    guard let word = words.first, options.contains(word), let value = words.dropFirst().first,
      values?.contains(value) ?? !value.hasPrefix("-")
    else { return false }
    words.removeFirst(2)
    return true
  }

  // MARK: Programs

  private static let formats = [
    "wav", "flac", "sph", "mp3", "ogg", "opus", "m4a", "wv1", "wv2", "aiff", "au",
  ]

  /// `flac` 1.4: `flac -dcs FILE`.
  private mutating func isFLAC() -> Bool {
    var isFound = false
    while let word = words.first {
      if !isFound, takesRecording() {
        isFound = true
      } else if takesFlag(of: ["--stdout", "--decode", "--silent", "--totally-silent"])
        || takesOption(of: ["-o"], ["-"])
      {
        continue
      } else if word.utf8.count > 1, word.hasPrefix("-"),
        word.dropFirst().allSatisfy({ "cdsf".contains($0) })
      {
        words.removeFirst()
      } else {
        return false
      }
    }
    return isFound
  }

  /// `sph2pipe` 2.5: `sph2pipe -f wav -p -c 1 FILE`.
  private mutating func isSph2pipe() -> Bool {
    while !takesRecording() {
      if takesOption(of: ["-c"], ["1"]) {
        channel = 0
      } else if takesOption(of: ["-c"], ["2"]) {
        channel = 1
      } else {
        guard takesFlag(of: ["-p", "-u", "-a"]) || takesOption(of: ["-f"]) else { return false }
      }
    }
    return words.isEmpty
  }

  /// `sox` 14.4: `sox FILE -t wav -r 16000 -c 1 - remix 2`.
  private mutating func isSox() -> Bool {
    let quiet = ["-q", "-S", "-D", "-R", "-V"] + (0...6).map { "-V\($0)" }
    while !takesRecording() {
      // Rates and widths before the file are those of raw samples.
      guard takesFlag(of: quiet) || takesOption(of: ["-t"], Self.formats) else { return false }
    }
    while !takesFlag(of: ["-", "-p"]) {
      guard
        takesFlag(of: quiet) || takesOption(of: ["-t", "-r", "-b", "-e"])
          || takesOption(of: ["-c"], ["1"])
      else { return false }
    }
    while !words.isEmpty {
      guard takesSoxEffect() else { return false }
    }
    return true
  }

  private mutating func takesSoxEffect() -> Bool {
    if takesFlag(of: ["rate"]) {
      while takesFlag(of: ["-q", "-l", "-m", "-h", "-v", "-s", "-a", "-L", "-M", "-I"]) {}
      guard words.first?.first?.isNumber == true else { return false }
      words.removeFirst()
      return true
    }
    if takesOption(of: ["channels"], ["1"]) || takesOption(of: ["remix"], ["-"])
      || takesFlag(of: ["dither"])
    {
      return true
    }
    guard channel == nil, words.first == "remix",
      let number = words.dropFirst().first.flatMap({ Int($0) }), number > 0
    else { return false }
    words.removeFirst(2)
    channel = number - 1
    return true
  }

  /// `ffmpeg` 7: `ffmpeg -v quiet -i FILE -f wav -ar 16000 -ac 1 -`.
  private mutating func isFFmpeg() -> Bool {
    let quiet = ["-nostdin", "-hide_banner", "-nostats", "-y", "-vn", "-sn", "-dn"]
    let verbosity = ["-v", "-loglevel", "-threads"]
    while !takesFlag(of: ["-i"]) {
      guard
        takesFlag(of: quiet) || takesOption(of: verbosity) || takesOption(of: ["-f"], Self.formats)
      else { return false }
    }
    guard takesRecording() else { return false }
    while !takesFlag(of: ["-", "pipe:", "pipe:1", "/dev/stdout"]) {
      guard
        takesFlag(of: quiet) || takesOption(of: verbosity) || takesOption(of: ["-ac"], ["1"])
          || takesOption(of: ["-f"], ["wav", "flac", "s16le"])
          || takesOption(of: ["-ar", "-acodec", "-codec:a", "-c:a", "-sample_fmt", "-b:a", "-ab"])
      else { return false }
    }
    return words.isEmpty
  }
}
