import threading

import numpy as np
import pytest

import parla


def test_a_file_an_array_and_a_stream_give_the_same_text(model_path, sound_path, samples):
    model = parla.Model(model_path, precision="float32")
    assert model.sample_rate == 16000
    of_array = model.transcribe(samples)
    assert of_array.text
    assert model.transcribe(sound_path).text == of_array.text
    with model.stream() as stream:
        for start in range(0, len(samples), 700):
            stream.feed(samples[start : start + 700])
        assert stream.finish() == of_array


def test_floats_are_the_same_sound(model_path, samples):
    model = parla.Model(model_path, precision="float32")
    assert model.transcribe(samples.astype(np.float64) / 32768).text == model.transcribe(samples).text


def test_words_and_tokens_spell_the_text_in_the_order_of_time(model_path, samples):
    transcript = parla.Model(model_path).transcribe(samples)
    assert "".join(token.text for token in transcript.tokens) == transcript.text
    assert [word.text for word in transcript.words] == transcript.text.split()
    starts = [word.start for word in transcript.words]
    assert starts == sorted(starts)
    assert all(word.start <= word.end <= len(samples) / 16000 + 0.1 for word in transcript.words)


def test_candidates_come_best_first(model_path, samples):
    candidates = parla.Model(model_path).candidates(samples, 5)
    assert len(candidates) == 5
    assert len({candidate.text for candidate in candidates}) == 5
    scores = [candidate.log_probability for candidate in candidates]
    assert scores == sorted(scores, reverse=True)


def test_streams_of_one_model_run_on_several_threads(model_path, samples):
    model = parla.Model(model_path)
    expected = model.transcribe(samples).text
    texts = [None] * 4

    def run(place):
        with model.stream() as stream:
            for start in range(0, len(samples), 320 * (place + 1)):
                stream.feed(samples[start : start + 320 * (place + 1)])
            texts[place] = stream.finish().text

    threads = [threading.Thread(target=run, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == [expected] * 4


def test_a_stream_outlives_its_model(model_path, samples):
    model = parla.Model(model_path)
    expected = model.transcribe(samples).text
    stream = model.stream()
    model.close()
    stream.feed(samples)
    assert stream.finish().text == expected
    with pytest.raises(ValueError, match="the model is closed"):
        model.stream()


def test_settings_reach_the_search(model_path, samples):
    model = parla.Model(model_path, beam_width=7)
    assert model.beam_width == 7
    assert not model.has_scorer
    plain = model.transcribe(samples)
    model.add_hot_word(plain.text[:2] or "a", -20)
    assert model.transcribe(samples).text != plain.text
    model.clear_hot_words()
    assert model.transcribe(samples) == plain


def test_errors_say_what_is_wrong(model_path, samples, tmp_path):
    with pytest.raises(parla.ParlaError, match="missing.pbmm") as caught:
        parla.Model(tmp_path / "missing.pbmm")
    assert caught.value.status != 0
    model = parla.Model(model_path)
    with pytest.raises(parla.ParlaError):
        model.enable_scorer(model_path)
    with pytest.raises(parla.ParlaError):
        model.transcribe(tmp_path)
    with pytest.raises(ValueError, match="one channel"):
        model.transcribe(samples.reshape(2, -1))
    with pytest.raises(TypeError, match="int64"):
        model.transcribe(samples.astype(np.int64))
    with pytest.raises(ValueError, match="float16"):
        parla.Model(model_path, precision="float16")
    stream = model.stream()
    stream.finish()
    with pytest.raises(ValueError, match="has ended"):
        stream.feed(samples)
