"""Questions to the source: is what the app asks for in the commit, in the build context, in the image?"""
