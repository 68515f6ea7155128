import Foundation
import ParlaAudio
import ParlaCorpus
import ParlaFiles

/// Makes the clips of one recording.
struct ClipCutter {
  let outputFolder: String
  let form: AudioForm
  let sampleRate: Int
  /// Whether the recording is a copy of an archive's member, which may be moved.
  let isArchived: Bool

  /// The clips of `group`, whose recordings are at `paths`.
  func cut(_ group: ClipMaker.Group, paths: [String]) -> [ClipMaker.Made] {
    var made: [ClipMaker.Made] = []
    func add(_ index: Int, _ body: () throws(ImportError) -> ClipOutcome) {
      do { made.append((index, .success(try body()))) } catch {
        made.append((index, .failure(error)))
      }
    }
    let whole = group.requests.filter { $0.request.segment == nil }
    let passages = group.requests.filter { $0.request.segment != nil }
    var written = passages
    if form != .keep || paths.count > 1 { written += whole }
    // Before the recording is moved.
    if !written.isEmpty { made += write(written, paths: paths) }
    if form == .keep, paths.count == 1 {
      for (index, request) in whole {
        add(index) { () throws(ImportError) in try keep(request, path: paths[0]) }
      }
    }
    if isArchived { for path in paths { try? FileManager.default.removeItem(atPath: path) } }
    return made
  }

  // MARK: As it is

  private func keep(_ request: ClipRequest, path: String) throws(ImportError) -> ClipOutcome {
    var clip: Clip
    do { clip = try look(path, request) } catch {
      return .leftOut(.unreadable, detail: shown(error, path, request))
    }
    guard request.wanted.contains(clip.seconds) else {
      clip.byteCount = 0
      return .clip(clip)
    }
    clip.byteCount = FileStamp(path: path)?.byteCount ?? 0
    guard isArchived else {
      clip.path = absolutePath(path)
      return .clip(clip)
    }
    clip.path = "clips/\(request.name).\(path.ending)"
    let target = "\(outputFolder)/\(clip.path)"
    try makeFolder(target.folderPath)
    guard unsafe rename(path, target) == 0 else {
      throw .file(.unwritable(path: target, reason: systemReason(errno)))
    }
    return .clip(clip)
  }

  /// The clip's length and the recording's form; lossy recordings are decoded, since damage shows nowhere else.
  private func look(_ path: String, _ request: ClipRequest) throws(AudioError) -> Clip {
    var clip = Clip(path: "", seconds: 0, byteCount: 0)
    let isLossy = ["mp3", "ogg", "oga", "opus"].contains(path.ending)
    if !isLossy || request.needsFormat {
      let information = try AudioFile.information(path)
      clip.seconds = information.duration
      clip.sourceRate = information.sampleRate
      clip.sourceChannels = information.channelCount
    }
    if isLossy {
      var reader = try SoundReader(path)
      while try reader.next() != nil {}
      clip.seconds = reader.duration
    }
    return clip
  }

  // MARK: Converted

  /// Reads the joined recordings piece by piece and writes each passage when its end has passed.
  private func write(
    _ requests: [(index: Int, request: ClipRequest)], paths: [String]
  ) -> [ClipMaker.Made] {
    var made: [ClipMaker.Made] = []
    for own in Dictionary(grouping: requests, by: { $0.request.segment?.channel }).values {
      made += write(own, paths: paths, channel: own[0].request.segment?.channel)
    }
    return made
  }

  private func write(
    _ requests: [(index: Int, request: ClipRequest)], paths: [String], channel: Int?
  ) -> [ClipMaker.Made] {
    var made: [ClipMaker.Made] = []
    var position = 0
    var open: [OpenPassage] = []
    var format = (rate: 0, channels: 0)
    var rate = form == .keep ? nil : sampleRate
    do {
      for path in paths {
        let information = try AudioFile.information(path)
        if format.rate == 0 { format = (information.sampleRate, information.channelCount) }
        rate = rate ?? information.sampleRate
        if open.isEmpty, position == 0 { open = requests.map { OpenPassage($0, rate: rate ?? 0) } }
        var reader = try SoundReader(path, sampleRate: rate, channel: channel)
        while let samples = try reader.next() {
          for index in open.indices { open[index].add(samples, at: position) }
          position += samples.count
          for passage in open where passage.end <= position {
            made.append(finished(passage, rate: rate ?? 0, format))
          }
          open.removeAll { $0.end <= position }
        }
      }
    } catch {
      // Passages that were whole before the damage stay.
      let rest = open.isEmpty && made.isEmpty ? requests.map { OpenPassage($0, rate: 1) } : open
      return made
        + rest.map { passage in
          let detail = shown(error, paths[0], passage.request)
          return (passage.index, .success(.leftOut(.unreadable, detail: detail)))
        }
    }
    return made + open.map { finished($0, rate: rate ?? 0, format) }
  }

  /// A passage of which some samples were read.
  private struct OpenPassage {
    let index: Int
    let request: ClipRequest
    let start: Int
    let end: Int
    private(set) var samples: [Float] = []

    init(_ entry: (index: Int, request: ClipRequest), rate: Int) {
      index = entry.index
      request = entry.request
      let segment = entry.request.segment
      // The originals' arithmetic: the start's and the length's whole samples.
      start = Int((segment?.start ?? 0) * Double(rate))
      end =
        segment.map { Int($0.start * Double(rate)) + Int(($0.end - $0.start) * Double(rate)) }
        ?? Int.max
    }

    mutating func add(_ piece: [Float], at position: Int) {
      let from = max(start - position, 0)
      let to = min(end - position, piece.count)
      if from < to { samples += piece[from..<to] }
    }
  }

  private func finished(
    _ passage: OpenPassage, rate: Int, _ format: (rate: Int, channels: Int)
  ) -> ClipMaker.Made {
    var clip = Clip(
      path: "", seconds: Double(passage.samples.count) / Double(max(rate, 1)), byteCount: 0,
      sourceRate: format.rate, sourceChannels: format.channels)
    if passage.samples.isEmpty {
      return (passage.index, .success(.leftOut(.outsideRecording, detail: passage.request.name)))
    }
    guard passage.request.wanted.contains(clip.seconds) else {
      return (passage.index, .success(.clip(clip)))
    }
    clip.path = "clips/\(passage.request.name).\(form == .wav ? "wav" : "flac")"
    let path = "\(outputFolder)/\(clip.path)"
    do {
      try makeFolder(path.folderPath)
      try AudioFile.write(
        Waveform(samples: passage.samples, sampleRate: rate), to: path, calls: .unsynchronized)
    } catch let error as AudioError {
      return (passage.index, .failure(.audio(error)))
    } catch {
      return (passage.index, .failure(error as? ImportError ?? .noSource(path: path)))
    }
    clip.byteCount = FileStamp(path: path)?.byteCount ?? 0
    return (passage.index, .success(.clip(clip)))
  }

  /// The error's words, with the recording's name in the source instead of the copy's.
  private func shown(_ error: any Error, _ path: String, _ request: ClipRequest) -> String {
    let words = (error as? AudioError)?.description ?? "\(error)"
    return isArchived ? words.replacing(path, with: request.audio.first ?? "") : words
  }
}
