import CAudioFormats
import ParlaFiles
import ParlaPlatform

/// Headerless telephony formats, which are identified by the file's name, as in other programs.
enum Headerless {
  /// The format that libsndfile needs to know for the file at `path`; nil if the content identifies it.
  static func format(of path: String) -> SF_INFO? {
    let (subtype, rate): (Int, Int32)
    switch path.fileExtension.lowercased() {
    case "vox", "vox8": (subtype, rate) = (SF_FORMAT_VOX_ADPCM, 8000)
    case "vox6": (subtype, rate) = (SF_FORMAT_VOX_ADPCM, 6000)
    case "gsm": (subtype, rate) = (SF_FORMAT_GSM610, 8000)
    case "ul", "ulaw", "au", "snd": (subtype, rate) = (SF_FORMAT_ULAW, 8000)
    case "al", "alaw": (subtype, rate) = (SF_FORMAT_ALAW, 8000)
    default: return nil
    }
    var information = SF_INFO()
    information.format = Int32(SF_FORMAT_RAW | subtype)
    information.samplerate = rate
    information.channels = 1
    return information
  }
}
