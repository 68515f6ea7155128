// One import is all that an app needs: waveforms, transcripts and decoders are part of what it sees here.
@_exported public import ParlaAcousticModel
@_exported public import ParlaAudio
@_exported public import ParlaDecoding
@_exported public import ParlaNeuralNetwork
@_exported public import ParlaTranscripts
