public import ParlaFiles

/// Errors in the use of a recogniser.
public enum RecognitionError: DescribedError, Equatable {
  /// Samples were fed, or an end requested, after the stream's end.
  case finished
  /// A sample is not a number, or infinite; `sampleIndex` counts from the stream's start.
  case notANumber(sampleIndex: Int)
  /// The scorer writes other labels than the model.
  case otherAlphabet(scorer: String, found: String, expected: String)
  /// Layers of the model need the whole of a recording before they give anything.
  case needsWhole(layers: [String])
  /// The model cannot be recognised piece by piece, since its features need the whole of a recording.
  case featuresNeedWhole(found: String)
  /// The scheduler already has its maximum number of live streams.
  case tooManyStreams(limit: Int)
  /// As many recordings as a scheduler lets wait are waiting already.
  case tooManyRecordings(limit: Int)
  /// A recording lasts for more than `limit` seconds.
  case tooLong(limit: Int)
  /// The existing transcript belongs to the recording `found`, which is not the one to be transcribed.
  case otherRecording(transcript: String, found: String, expected: String)
  /// A transcript would have the name of a folder in which the `other` is to be.
  case isFolder(transcript: String, other: String)
  /// The file that lists the recordings of transcripts cannot be read.
  case damagedIndex(path: String)
  /// A transcript would overwrite a recording.
  case replacesRecording(path: String)

  /// Place, what was found, what was expected, what to do.
  public var description: String {
    switch self {
    case .finished:
      "stream: found samples after its end, expected none. Make another stream for what follows."
    case .notANumber(let sampleIndex):
      """
      stream: sample \(sampleIndex) is not a number, expected one in [-1, 1]. \
      Check where the samples come from.
      """
    case .needsWhole(let layers):
      """
      stream: found a model whose layers \(layers.joined(separator: ", ")) need the whole recording, \
      expected one that can be recognised piece by piece. Recognise files, or train a network without such layers.
      """
    case .featuresNeedWhole(let found):
      """
      stream: found a model of \(found), expected one that can be recognised piece by piece. Recognise files, or train a \
      network with `normalization: running` in its features.
      """
    case .tooManyStreams(let limit):
      "scheduler: found \(limit) live streams, expected fewer. Try again when one has ended, or allow more."
    case .tooManyRecordings(let limit):
      "scheduler: found \(limit) waiting recordings, expected fewer. Try again later, or allow more."
    case .tooLong(let limit):
      "recording: found more than \(limit) seconds of sound, expected at most that. Cut it, or allow more."
    case .otherRecording(let transcript, let found, let expected):
      """
      \(transcript): found the transcript of \(found), expected none or one of \(expected). \
      Choose another output, transcribe both in one run, or replace it with --overwrite.
      """
    case .isFolder(let transcript, let other):
      """
      \(transcript): found a folder for \(other), expected a place for a transcript. \
      Transcribe the two recordings in separate runs, or with another --format.
      """
    case .damagedIndex(let path):
      """
      \(path): found other content, expected a list of the recordings for the transcripts in its folder. \
      Remove it; transcripts are then identified by their names and dates only.
      """
    case .replacesRecording(let path):
      """
      \(path): is a recording, expected a place for its transcript. Choose another output.
      """
    case .otherAlphabet(let scorer, let found, let expected):
      """
      \(scorer): writes \(found), the model \(expected). \
      Build the scorer with the alphabet of the acoustic model.
      """
    }
  }
}
