#version 450
// Moves texels to places or back: dst[places[i]] = src[i], or dst[i] =
// src[places[i]].
layout(local_size_x_id = 0) in;
layout(binding = 0) uniform isamplerBuffer places;
layout(binding = 1) uniform usamplerBuffer src;
layout(binding = 2, rgba32ui) uniform writeonly uimageBuffer dst;
layout(push_constant) uniform Push {
    uint n;
    uint back;
};

void main() {
    uint i = gl_GlobalInvocationID.x;
    if (i >= n) return;
    int place = texelFetch(places, int(i)).x;
    imageStore(dst, back == 1 ? int(i) : place, texelFetch(src, back == 1 ? place : int(i)));
}
