create or replace package ut authid current_user is
   function expect(a_actual in "<ANY>", a_message in varchar2 default null) return "<OBJECT>";
   procedure fail(a_message in varchar2);
end ut;
/
