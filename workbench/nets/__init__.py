"""From the formula to the model: small nets to read, in the words of the papers.

Nothing here imports the rest of the workbench; tests hold every net equal to a library's.

=================  ==============================================================================
``attention``      scaled dot-product and multi-head attention, masks, key-value cache, gradient
``positions``      sinusoidal, learned and rotary positions
``transformer``    feed-forward, pre- and post-norm, encoder, decoder, the whole Transformer
``decoding``       greedy, sampled and beam search decoding
``bert``           BERT; reads and writes the library's weights
``bert_heads``     MLM, NSP, classification, tagging and span heads of BERT
``llama``          a Llama-style decoder that loads the library's weights
``ngram``          add-k and interpolated Kneser-Ney language models
``lm``             neural n-gram, LSTM, GRU and Transformer language models, perplexity
``word2vec``       skip-gram with negative sampling
``glove``          GloVe, from counts of neighbours
``objectives``     masked and causal language modelling, next sentence, contrastive sentences
``losses``         cross-entropy, binary, MSE, label smoothing and focal from their formulas
``vocabulary``     tokens to ids and back
``keras_bert``     BERT in Keras 3 (needs the extra ``teach``)
``figure_looks``   what figures share: their card, the colour of their text, plain ticks
=================  ==============================================================================

Shapes are written as comments: ``B`` batch, ``T`` positions that ask (queries), ``S`` positions
that are asked (keys), ``H`` heads, ``D`` width of the model, ``V`` size of the vocabulary.
Attention weights are always ``(B, H, T, S)``. A mask is True where a query *may* look.
"""
