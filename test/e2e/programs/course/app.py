import streamlit as st
n = st.slider("number", 0, 100, 7)
st.write(f"double is {2 * n}")
